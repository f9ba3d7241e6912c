// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"
)

var errPath = errors.New("the path is not in its canonical form")

// Canonical refuses a request whose target could be read in more than one way.
// A path is letters, digits and -._~ between single slashes: nothing on this
// box needs an escape in a path, so none is understood, and no other parser in
// front or behind can disagree with this one about what was asked for.
func Canonical(r *http.Request) error {
	path := r.URL.Path
	if r.URL.Scheme != "" || r.URL.Opaque != "" || r.URL.RawPath != "" || r.URL.Fragment != "" {
		return errPath
	}
	if raw, _, _ := strings.Cut(r.RequestURI, "?"); r.RequestURI != "" && raw != path {
		return errPath
	}
	if len(path) > maxPath || !strings.HasPrefix(path, "/") {
		return errPath
	}
	for i := range len(path) {
		if !plain(path[i]) {
			return errPath
		}
	}
	for part := range strings.SplitSeq(path[1:], "/") {
		if part == "." || part == ".." {
			return errPath
		}
	}
	if strings.Contains(path, "//") {
		return errPath
	}
	return checkQuery(r)
}

// maxPath is the longest path served, in bytes.
const maxPath = 512

// plain reports whether c may stand in a path as it is.
func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '/' || c == '-' || c == '.' || c == '_' || c == '~'
}

// checkQuery refuses a query that does not parse or is not text.
func checkQuery(r *http.Request) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	values, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return errors.New("the query is not well formed")
	}
	return checkText(values)
}

// checkText refuses names and values that are not UTF-8 text or hold control
// characters that no field of a form has.
func checkText(values map[string][]string) error {
	for name, list := range values {
		if !text(name) {
			return errors.New("the name of a field is not text")
		}
		for _, v := range list {
			if !text(v) {
				return errors.New("a field holds bytes that are not text")
			}
		}
	}
	return nil
}

func text(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f
	})
}
