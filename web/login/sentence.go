// SPDX-License-Identifier: Apache-2.0

package login

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentence makes an error that was written for people look like one: domain
// errors begin small and end without a stop, as errors do.
func sentence(err error) string {
	text := strings.TrimRight(strings.TrimSpace(err.Error()), ".")
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}

// doneSentences are what a page says of the act that led to it. The query
// names one of them and can say nothing else.
var doneSentences = map[string]string{
	"signed-out":       "You are signed out.",
	"password-changed": "The password was changed. Your other sessions have ended.",
	"name-changed":     "The display name was changed.",
	"session-ended":    "The session was ended.",
}
