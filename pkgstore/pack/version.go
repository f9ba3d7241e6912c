// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"cmp"
	"strconv"
	"strings"
)

// CompareVersions orders versions by their numbers, as cmp.Compare does: 3.10
// comes after 3.9, and 3.3 is 3.3.0. What is not a version comes before all
// that are.
func CompareVersions(a, b string) int {
	pa, oka := parseVersion(a)
	pb, okb := parseVersion(b)
	switch {
	case oka && okb:
		for i := range pa {
			if c := cmp.Compare(pa[i], pb[i]); c != 0 {
				return c
			}
		}
		return 0
	case oka:
		return 1
	case okb:
		return -1
	}
	return strings.Compare(a, b)
}

// Compare orders releases of one kind: by version, then by tree.
func (r Release) Compare(o Release) int {
	return cmp.Or(CompareVersions(r.Version, o.Version), cmp.Compare(r.Tree, o.Tree))
}

// parseVersion reads one to four numbers below 100,000. None has a leading
// zero, so that a number has one spelling.
func parseVersion(s string) (part [4]int, ok bool) {
	texts := strings.Split(s, ".")
	if len(texts) > len(part) {
		return part, false
	}
	for i, text := range texts {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 99_999 || strconv.Itoa(n) != text {
			return [4]int{}, false
		}
		part[i] = n
	}
	return part, true
}

func isVersion(s string) bool {
	_, ok := parseVersion(s)
	return ok
}
