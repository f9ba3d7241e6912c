// SPDX-License-Identifier: Apache-2.0

package catalogue_test

import (
	"testing"

	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
)

// Every release can be reached from the oldest pair, and from a box with the
// oldest Base and no site; the newest Base and site end up together.
func TestEveryReleaseCanBeReached(t *testing.T) {
	var offered []pack.Summary
	var base, site []pack.Release
	for _, e := range catalogue.All() {
		offered = append(offered, e.Summary)
		if e.Kind == pack.Base {
			base = append(base, e.Release)
		} else {
			site = append(site, e.Release)
		}
	}
	for _, from := range []plan.State{{Base: base[0], Site: site[0]}, {Base: base[0]}} {
		for _, to := range append(base[1:len(base):len(base)], site[1:]...) {
			path, err := plan.Path(from, offered, to)
			if err != nil {
				t.Errorf("from %s/%s to %s %s: %v", from.Base.Version, from.Site.Version, to.Kind, to.Version, err)
				continue
			}
			s := from
			for _, p := range path {
				if p.Kind == pack.Base {
					s.Base = p.Release
				} else {
					s.Site = p.Release
				}
			}
			if to == site[len(site)-1] && s.Base != base[len(base)-1] {
				t.Errorf("the newest site runs on Base %s", s.Base.Version)
			}
		}
	}
}

// An old box climbs through intermediates: nothing skips from the start to the end.
func TestOldBoxesClimb(t *testing.T) {
	from, _ := catalogue.Find(pack.Base, "3.2.4")
	old, _ := catalogue.Find(pack.Site, "12.1.4")
	s := plan.State{Base: from.Release, Site: old.Release}
	for _, e := range catalogue.All() {
		if err := plan.Check(s, e.Summary); err == nil && e.Name != "Base Software 3.3.2" {
			t.Errorf("%s can be installed at once", e.Name)
		}
	}
}
