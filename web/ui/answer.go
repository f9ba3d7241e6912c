// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentence makes text that was written for people look like a sentence: errors
// of the domain begin small and end without a stop, as errors do.
func Sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if last, _ := utf8.DecodeLastRuneInString(text); !strings.ContainsRune(".!?", last) {
		text += "."
	}
	return text
}

// Done sends the browser on to a page that says what was done; what is empty if
// there is nothing to say.
func Done(w http.ResponseWriter, r *http.Request, path, what string) error {
	if what != "" {
		path += "?done=" + what
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// Status is that of a page with the form, which is shown for the first time or
// came back.
func (f Form) Status() int {
	if f.Wrong() {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
