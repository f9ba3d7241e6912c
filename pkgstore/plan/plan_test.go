// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
)

const guideSentence = `3.2.4 does not satisfy 12.2.0's requirements. Please install any other available package by clicking "Install this Update".`

func offered() []pack.Summary {
	var list []pack.Summary
	for _, e := range catalogue.All() {
		list = append(list, e.Summary)
	}
	return list
}

func state(base, site string) plan.State {
	s := plan.State{Base: pack.Release{Kind: pack.Base, Version: base}}
	if site != "" {
		s.Site = pack.Release{Kind: pack.Site, Version: site}
	}
	return s
}

func names(list []pack.Summary) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Name)
	}
	return strings.Join(out, ", ")
}

func find(t *testing.T, kind pack.Kind, version string) pack.Summary {
	t.Helper()
	e, ok := catalogue.Find(kind, version)
	if !ok {
		t.Fatalf("no %s %s in the catalogue", kind, version)
	}
	return e.Summary
}

// The list of the guide: one package can be installed, the other one is grey.
func TestChoicesOfTheGuide(t *testing.T) {
	site := find(t, pack.Site, "12.2.0")
	rows := plan.Choices(state("3.2.4", "12.1.4"), []pack.Summary{
		site, find(t, pack.Site, "12.1.4"), find(t, pack.Base, "3.2.4"), find(t, pack.Base, "3.3.2"),
	})
	if len(rows) != 2 || rows[0].Summary.Name != "Base Software 3.3.2" || !rows[0].Installable || rows[0].Reason != "" || rows[0].Advice != "" ||
		rows[1].Summary.Name != "Bomgar-12.2.0" || rows[1].Installable || rows[1].Reason != guideSentence ||
		rows[1].Advice != "Bomgar-12.2.0 requires Base Software 3.3.2 or newer; 3.2.4 is installed." {
		t.Errorf("%+v", rows)
	}
	rows = plan.Choices(state("3.3.2", "12.1.4"), []pack.Summary{site})
	if len(rows) != 1 || !rows[0].Installable {
		t.Errorf("after Base 3.3.2: %+v", rows)
	}
}

func TestChoicesAreInOrder(t *testing.T) {
	newer := find(t, pack.Base, "3.2.4")
	newer.Tree = 1
	license := find(t, pack.License, "2026.11.23")
	var got []pack.Summary
	for _, c := range plan.Choices(state("3.2.4", "14.2.1"), append(offered(), license, newer)) {
		got = append(got, c.Summary)
	}
	want := "Base Software 5.1.0, Base Software 4.2.1, Base Software 3.3.2, Base Software 3.2.4, BeyondTrust 19.1.1, Bomgar-16.1.3, License Add-on 2026.11.23"
	if names(got) != want || got[3].Tree != 1 {
		t.Errorf("%s\nwant %s", names(got), want)
	}
}

func TestPaths(t *testing.T) {
	const climb = "Base Software 3.3.2, Bomgar-12.2.0, Base Software 4.2.1, Bomgar-14.2.1, Base Software 5.1.0, Bomgar-16.1.3, BeyondTrust 19.1.1"
	for name, c := range map[string]struct {
		from plan.State
		to   pack.Release
		want string
	}{
		"the whole climb": {state("3.2.4", "12.1.4"), pack.Release{Kind: pack.Site, Version: "19.1.1"}, climb},
		"one step":        {state("3.2.4", "12.1.4"), pack.Release{Kind: pack.Base, Version: "3.3.2"}, "Base Software 3.3.2"},
		"Base that needs a site": {state("3.2.4", "12.1.4"), pack.Release{Kind: pack.Base, Version: "4.2.1"},
			"Base Software 3.3.2, Bomgar-12.2.0, Base Software 4.2.1"},
		"without a site": {state("3.2.4", ""), pack.Release{Kind: pack.Site, Version: "19.1.1"},
			"Base Software 3.3.2, Base Software 4.2.1, Base Software 5.1.0, BeyondTrust 19.1.1"},
		"another spelling": {state("4.2.1.0", "14.2.1"), pack.Release{Kind: pack.Base, Version: "5.1"}, "Base Software 5.1.0"},
		"an add-on first needs a site": {state("3.2.4", ""), pack.Release{Kind: pack.License, Version: "7"},
			"Bomgar-12.1.4, License Add-on 7"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := plan.Path(c.from, append(offered(), find(t, pack.License, "7")), c.to)
			if err != nil || names(got) != c.want {
				t.Errorf("%s, %v\nwant %s", names(got), err, c.want)
			}
		})
	}
}

func TestWhySaysWhatAStepIsFor(t *testing.T) {
	s := state("3.2.4", "12.1.4")
	path, err := plan.Path(s, offered(), pack.Release{Kind: pack.Site, Version: "19.1.1"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Bomgar-12.2.0", "Base Software 4.2.1", "Bomgar-14.2.1", "Base Software 5.1.0", "BeyondTrust 19.1.1", "BeyondTrust 19.1.1", ""}
	for i, p := range plan.Why(s, path) {
		got := ""
		if p != nil {
			got = p.Name
		}
		if got != want[i] {
			t.Errorf("%s is for %q, want %q", path[i].Name, got, want[i])
		}
	}
}

// Where there is no path, the answer is the package that is missing at the
// bottom, not the one that was asked for.
func TestNoPathSaysWhatIsMissing(t *testing.T) {
	for missing, want := range map[string]string{
		"Base Software 3.3.2": "Base Software 4.2.1 requires Base Software 3.3.2 or newer; 3.2.4 is installed, and none of the available packages brings it.",
		"Bomgar-16.1.3":       "BeyondTrust 19.1.1 requires Bomgar-16.1.3 or newer; 12.1.4 is installed, and none of the available packages brings it.",
	} {
		offers := slices.DeleteFunc(offered(), func(p pack.Summary) bool { return p.Name == missing })
		path, err := plan.Path(state("3.2.4", "12.1.4"), offers, pack.Release{Kind: pack.Site, Version: "19.1.1"})
		var unmet *plan.Unmet
		if !errors.As(err, &unmet) || unmet.Advice() != want || path != nil {
			t.Errorf("without %s: %s, %v", missing, names(path), err)
		}
	}
}

func TestPackagesThatRequireEachOther(t *testing.T) {
	base, site := find(t, pack.Base, "3.3.2"), find(t, pack.Site, "12.2.0")
	base.Requires = []pack.Requirement{{Kind: pack.Site, Min: "12.2.0", Package: site.Name}}
	_, err := plan.Path(state("3.2.4", "12.1.4"), []pack.Summary{base, site}, site.Release)
	var unmet *plan.Unmet
	if !errors.As(err, &unmet) || unmet.Missing {
		t.Errorf("%v", err)
	}
}

func TestCheckSaysWhy(t *testing.T) {
	change := func(p pack.Summary, f func(*pack.Summary)) pack.Summary { f(&p); return p }
	site := find(t, pack.Site, "12.2.0")
	customer := pack.Customer{ID: "c2", Hostname: "support.example.com"}
	box := state("3.2.4", "12.1.4")
	box.Customer = "c1"
	box.License = pack.Release{Kind: pack.License, Version: "2026.11.23"}
	for name, c := range map[string]struct {
		from plan.State
		p    pack.Summary
		want string
	}{
		"fits":             {box, find(t, pack.Base, "3.3.2"), ""},
		"product":          {box, change(site, func(p *pack.Summary) { p.Product = "stagehand" }), "Bomgar-12.2.0 is for the product stagehand; this appliance's is understudy."},
		"architecture":     {box, change(site, func(p *pack.Summary) { p.Architecture = "arm64" }), "Bomgar-12.2.0 is for the architecture arm64; this appliance's is amd64."},
		"customer":         {box, change(site, func(p *pack.Summary) { p.Customer = &customer }), "Bomgar-12.2.0 is for the customer c2; this appliance's is c1."},
		"unknown customer": {state("3.3.2", "12.1.4"), change(site, func(p *pack.Summary) { p.Customer = &customer }), ""},
		"installed":        {box, find(t, pack.Site, "12.1.4"), "Bomgar-12.1.4 is installed already."},
		"older":            {state("3.3.2", "14.2.1"), site, "Bomgar-12.2.0 is older than the 14.2.1 that is installed."},
		"older tree": {plan.State{Base: pack.Release{Kind: pack.Base, Version: "3.3.2", Tree: 4}}, find(t, pack.Base, "3.3.2"),
			"Base Software 3.3.2 (tree 0) is older than the 3.3.2 (tree 4) that is installed."},
		"newer tree":      {state("3.3.2", ""), change(find(t, pack.Base, "3.3.2"), func(p *pack.Summary) { p.Tree = 1 }), ""},
		"older add-on":    {box, find(t, pack.License, "2026.11.22"), "License Add-on 2026.11.22 is older than the 2026.11.23 that is installed."},
		"unmet":           {box, site, guideSentence},
		"add-on, no site": {state("3.2.4", ""), find(t, pack.License, "7"), "An appliance without site software does not satisfy 7's requirements. Please install any other available package by clicking \"Install this Update\"."},
		"too new": {box, change(find(t, pack.Base, "3.3.2"), func(p *pack.Summary) {
			p.Requires = []pack.Requirement{{Kind: pack.Site, Min: "1", Max: "12.1", Package: "x"}}
		}),
			"12.1.4 does not satisfy 3.3.2's requirements. Please install any other available package by clicking \"Install this Update\"."},
	} {
		if err := plan.Check(c.from, c.p); (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
	if _, err := plan.Path(box, nil, site.Release); err == nil || err.Error() != "site 12.2.0 is not among the available packages." {
		t.Errorf("%v", err)
	}
}
