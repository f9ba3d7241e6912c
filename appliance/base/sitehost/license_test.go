// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"understudy/pkgstore/pack"
)

// builtWith is a site package that was built with so many licences.
type builtWith struct {
	Package
	licenses int
}

func (p builtWith) Summary() pack.Summary {
	s := p.Package.Summary()
	c := *s.Customer
	c.Licenses = p.licenses
	s.Customer = &c
	return s
}

// A site package says how many licences there are until an add-on does: the
// package may have been built before it.
func TestLicensesOfAnAddOnOutliveSitePackages(t *testing.T) {
	b := newBox(t)
	shows := func(version string, licenses int, year string) {
		t.Helper()
		if s, _ := b.Current(); s.Version != version || s.Customer.Licenses != licenses || s.Customer.Hostname != "support.example.com" {
			t.Errorf("installed are %s, %+v", s.Version, s.Customer)
		}
		if page := b.browser().get("/login/status/information"); !strings.Contains(page, fmt.Sprintf(">%d<", licenses)) || !strings.Contains(page, year) {
			t.Errorf("the page does not show %d licences up to %s: %s", licenses, year, page)
		}
	}
	b.mustInstall(builtWith{packaged(t, "12.1.4", ""), 10})
	b.mustInstall(builtWith{packaged(t, "12.2.0", ""), 15})
	shows("12.2.0", 15, "2027")
	add := pack.Summary{Release: pack.Release{Kind: pack.License, Version: "1", Tree: 1}, Name: "Licenses",
		Customer: &pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 50, Expires: time.Date(2028, 2, 3, 0, 0, 0, 0, time.UTC)}}
	if err := b.License(t.Context(), add); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"14.2.1", "19.1.1"} {
		b.restart()
		b.mustInstall(builtWith{packaged(t, version, ""), 15})
		shows(version, 50, "2028")
	}
	add.Version, add.Customer.Licenses = "2", 20
	if err := b.License(t.Context(), add); err != nil {
		t.Fatal(err)
	}
	shows("19.1.1", 20, "2028")
}
