// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Longest texts stored, in bytes. Much of an entry is what a stranger sent.
const (
	maxWord   = 64
	maxName   = 128
	maxObject = 256
	maxDetail = 2048
)

func cleanActor(a Actor) Actor {
	return Actor{Name: clean(a.Name, maxName), Address: clean(a.Address, maxWord), Via: clean(a.Via, maxWord)}
}

func cleanEntry(e Entry) Entry {
	return Entry{
		Action: clean(e.Action, maxWord), Object: clean(e.Object, maxObject),
		Outcome: clean(e.Outcome, maxWord), Detail: clean(e.Detail, maxDetail),
	}
}

// clean makes s one line of valid UTF-8 of at most limit bytes: nobody writes
// a second line into a log by a user name.
func clean(s string, limit int) string {
	const ellipsis = "…"
	s = s[:min(len(s), limit+1)] // the rest is cut off anyway
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) <= limit {
		return s
	}
	end := limit - len(ellipsis)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}
