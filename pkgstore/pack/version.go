// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

// versionShape is one to four numbers. None has a leading zero, so that a
// number has one spelling.
var versionShape = regexp.MustCompile(`^(0|[1-9][0-9]{0,4})(\.(0|[1-9][0-9]{0,4})){0,3}$`)

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

func parseVersion(s string) (part [4]int, ok bool) {
	if !versionShape.MatchString(s) {
		return part, false
	}
	i := 0
	for text := range strings.SplitSeq(s, ".") {
		part[i], _ = strconv.Atoi(text) // the shape leaves nothing to fail
		i++
	}
	return part, true
}
