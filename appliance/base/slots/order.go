// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"cmp"
	"strings"
)

// compareVersions orders versions as systemd-boot 252 does (UAPI version
// format specification): -1 if a is older than b. Numbers count as numbers; a
// segment behind "~" is older than the end, and "-", "^" and "." follow each
// other in this order.
func compareVersions(a, b string) int {
	for {
		a, b = trimInvalid(a), trimInvalid(b)
		for _, separator := range []byte{'~', 0, '-', '^', '.'} {
			if separator == 0 {
				if a == "" || b == "" {
					return cmp.Compare(len(a), len(b))
				}
				continue
			}
			inA, inB := strings.HasPrefix(a, string(separator)), strings.HasPrefix(b, string(separator))
			switch {
			case inA && inB:
				a, b = a[1:], b[1:]
			case inA:
				return -1
			case inB:
				return 1
			}
		}
		var r int
		if r, a, b = compareSegment(a, b); r != 0 {
			return r
		}
	}
}

// compareSegment compares the numbers or the words with which a and b begin
// and returns what follows them. A number is newer than a word.
func compareSegment(a, b string) (r int, restA, restB string) {
	if numA, numB := span(a, isDigit), span(b, isDigit); numA > 0 || numB > 0 {
		if numA == 0 || numB == 0 {
			return cmp.Compare(numA, numB), "", ""
		}
		x, y := strings.TrimLeft(a[:numA], "0"), strings.TrimLeft(b[:numB], "0")
		return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)), a[numA:], b[numB:]
	}
	wordA, wordB := span(a, isLetter), span(b, isLetter)
	return cmp.Compare(a[:wordA], b[:wordB]), a[wordA:], b[wordB:]
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// span is how many of the first bytes of s are in a class.
func span(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

func trimInvalid(s string) string {
	return s[span(s, func(c byte) bool { return !isDigit(c) && !isLetter(c) && !strings.ContainsRune("~-^.", rune(c)) }):]
}
