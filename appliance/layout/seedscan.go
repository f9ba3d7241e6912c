// SPDX-License-Identifier: Apache-2.0

package layout

import "strings"

// maxNesting bounds brackets within brackets, and the dots of a dotted key. A
// seed needs three.
const maxNesting = 8

// tooDeep reports whether a TOML text nests deeper than maxNesting. The TOML
// decoder takes time that grows with the square of the depth and more: 64 KiB
// of dots keep it busy for minutes, and the box has not booted yet.
//
// The scan knows just enough of TOML to look past strings and comments. What
// it may misread is text that the decoder refuses.
func tooDeep(text string) bool {
	depth, dots := 0, 0
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '"', '\'':
			i += stringLen(text[i:])
			continue
		case '#':
			if i = skipTo(text, i, "\n"); i == len(text) {
				return false
			}
			continue
		case '\n', ',', '=':
			dots = 0
		case '.':
			dots++
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if depth > maxNesting || dots > maxNesting {
			return true
		}
		i++
	}
	return false
}

// stringLen is the length of the TOML string at the start of text, with its
// quotes. A single-line string that is not closed ends with its line.
func stringLen(text string) int {
	quote, escapes := text[:1], text[0] == '"'
	multi := strings.HasPrefix(text, strings.Repeat(quote, 3))
	end := quote
	if multi {
		end = strings.Repeat(quote, 3)
	}
	for i := len(end); i < len(text); i++ {
		switch {
		case escapes && text[i] == '\\':
			i++
		case !multi && text[i] == '\n':
			return i
		case strings.HasPrefix(text[i:], end):
			return i + len(end)
		}
	}
	return len(text)
}

// skipTo is the index of the next end at or after i, or the text's length.
func skipTo(text string, i int, end string) int {
	if n := strings.Index(text[i:], end); n >= 0 {
		return i + n
	}
	return len(text)
}
