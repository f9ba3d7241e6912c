// SPDX-License-Identifier: Apache-2.0

package plan

import "understudy/pkgstore/pack"

// Why says of each step of a path from s for which later step it is there: the
// first one that requires more than was installed before it and that it
// satisfies. For the last step, and for one that no other needs, it is nil.
func Why(s State, path []pack.Summary) []*pack.Summary {
	why := make([]*pack.Summary, len(path))
	for i, p := range path {
		before := s.installed(p.Kind).Version
		for j := i + 1; j < len(path) && why[i] == nil; j++ {
			for _, r := range path[j].Requires {
				if r.Kind == p.Kind && r.Met(p.Version) && !met(before, path[j], r) {
					why[i] = &path[j]
				}
			}
		}
		s = s.with(p)
	}
	return why
}
