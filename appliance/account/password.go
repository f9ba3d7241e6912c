// SPDX-License-Identifier: Apache-2.0

package account

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Lengths of a password in characters, as pages tell them.
const (
	AdvisedLength = 15
	MaxLength     = 128
)

// common.txt lists passwords that are tried first by everybody who guesses,
// one per line, in lower case.
//
//go:embed common.txt
var common string

// checkNew returns a *PolicyError if password is not good enough for the user
// name; old is the password before, or "". There are no rules on which
// characters it has: length is what counts.
func (p Policy) checkNew(password, username, old string) error {
	length := utf8.RuneCountInString(password)
	lower := strings.ToLower(password)
	switch {
	case !utf8.ValidString(password):
		return &PolicyError{"The new password has characters that cannot be read: type it again."}
	case length < p.MinLength:
		return &PolicyError{fmt.Sprintf("The new password is too short: use at least %d characters, better %d or more.", p.MinLength, AdvisedLength)}
	case length > MaxLength:
		return &PolicyError{fmt.Sprintf("The new password is too long: use at most %d characters.", MaxLength)}
	case strings.TrimSpace(password) == "":
		return &PolicyError{"The new password is nothing but white space: use letters, digits or signs as well."}
	case username != "" && strings.ReplaceAll(lower, username, "") == "":
		return &PolicyError{"The new password is nothing but the user name: choose another one."}
	case password == old:
		return &PolicyError{"The new password is the old one: choose another one."}
	case isCommon(lower):
		return &PolicyError{"The new password is one of those that are tried first by everybody who guesses: choose another one."}
	}
	return nil
}

func isCommon(lower string) bool {
	for line := range strings.Lines(common) {
		if strings.TrimSuffix(line, "\n") == lower {
			return true
		}
	}
	return false
}
