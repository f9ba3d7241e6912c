// SPDX-License-Identifier: Apache-2.0

package account

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxUsername    = 64  // characters
	maxDisplayName = 100 // characters
)

// reserved names stand for something else in the audit log.
var reserved = map[string]bool{"system": true, "many": true}

// normalise returns the one spelling of a user name, or an *InvalidError.
func normalise(username string) (string, error) {
	name := strings.Map(lower, strings.TrimSpace(username))
	switch {
	case name == "":
		return "", &InvalidError{"username", "Enter a user name."}
	case len(name) > maxUsername:
		return "", &InvalidError{"username", fmt.Sprintf("The user name is too long: use at most %d characters.", maxUsername)}
	case reserved[name]:
		return "", &InvalidError{"username", fmt.Sprintf("The user name %q stands for the appliance itself: choose another one.", name)}
	}
	for i, c := range []byte(name) {
		word := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !word && (i == 0 || strings.IndexByte("._-@", c) < 0) {
			return "", &InvalidError{"username", "A user name has letters a to z, digits and . _ - @, and begins with a letter or a digit."}
		}
	}
	return name, nil
}

// lower knows ASCII only: Unicode has other letters that become a k or an s.
func lower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + ('a' - 'A')
	}
	return r
}

func checkDisplayName(name string) error {
	bad := func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }
	switch {
	case utf8.RuneCountInString(name) > maxDisplayName:
		return &InvalidError{"displayName", fmt.Sprintf("The display name is too long: use at most %d characters.", maxDisplayName)}
	case strings.ContainsFunc(name, bad):
		return &InvalidError{"displayName", "The display name has characters that cannot be shown: remove them."}
	}
	return nil
}

func checkRole(role Role) error {
	if role != Administrator && role != ReadOnly {
		return &InvalidError{"role", fmt.Sprintf("There is no role %q: choose %s or %s.", role, Administrator, ReadOnly)}
	}
	return nil
}
