// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"understudy/pkgstore/pack"
)

// The model is the same question asked of numbers: versions are 1 to 4, there
// are two kinds, and every order of installs is tried.
type model struct{ base, site int } // 0 for no site

type item struct {
	site bool
	v    int
	need []need
}

type need struct {
	site     bool
	min, max int // max 0 for none
}

func (m model) can(p item) bool {
	if p.site && p.v <= m.site || !p.site && p.v <= m.base {
		return false
	}
	for _, n := range p.need {
		has := m.base
		if n.site {
			if has = m.site; has == 0 {
				continue
			}
		}
		if has < n.min || n.max > 0 && has > n.max {
			return false
		}
	}
	return true
}

func (m model) with(p item) model {
	if p.site {
		m.site = p.v
	} else {
		m.base = p.v
	}
	return m
}

// shortest is the length of the shortest order that ends with the target, or
// -1. Versions only grow, so that every order ends.
func (m model) shortest(items []item, target item) int {
	best := -1
	for _, p := range items {
		if !m.can(p) {
			continue
		}
		n := 1
		if p.site != target.site || p.v != target.v {
			rest := m.with(p).shortest(items, target)
			if rest < 0 {
				continue
			}
			n += rest
		}
		if best < 0 || n < best {
			best = n
		}
	}
	return best
}

func kindOf(site bool) pack.Kind {
	if site {
		return pack.Site
	}
	return pack.Base
}

func (p item) summary() pack.Summary {
	s := pack.Summary{Product: pack.Product, Architecture: pack.Architecture, Release: releaseOf(p.site, p.v)}
	for _, n := range p.need {
		r := pack.Requirement{Kind: kindOf(n.site), Min: fmt.Sprint(n.min)}
		if n.max > 0 {
			r.Max = fmt.Sprintf("%d.0", n.max)
		}
		s.Requires = append(s.Requires, r)
	}
	return s
}

func releaseOf(site bool, v int) pack.Release {
	if v == 0 {
		return pack.Release{}
	}
	return pack.Release{Kind: kindOf(site), Version: fmt.Sprint(v)}
}

func (m model) state() State {
	return State{Base: releaseOf(false, m.base), Site: releaseOf(true, m.site)}
}

const versions = 4

func drawItems(t *rapid.T) []item {
	drawNeed := rapid.Custom(func(t *rapid.T) need {
		n := need{site: rapid.Bool().Draw(t, "site"), min: rapid.IntRange(1, versions).Draw(t, "min")}
		if rapid.IntRange(0, 3).Draw(t, "bounded") == 0 {
			n.max = rapid.IntRange(n.min, versions).Draw(t, "max")
		}
		return n
	})
	drawItem := rapid.Custom(func(t *rapid.T) item {
		return item{rapid.Bool().Draw(t, "site"), rapid.IntRange(1, versions).Draw(t, "version"), rapid.SliceOfN(drawNeed, 0, 2).Draw(t, "needs")}
	})
	return rapid.SliceOfN(drawItem, 1, 7).Draw(t, "offered")
}

func summaries(items []item) []pack.Summary {
	var list []pack.Summary
	for _, p := range items {
		list = append(list, p.summary())
	}
	return list
}

func TestPathAgainstBruteForce(t *testing.T) {
	found, none := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		items := drawItems(t)
		m := model{rapid.IntRange(1, versions).Draw(t, "base"), rapid.IntRange(0, versions).Draw(t, "site")}
		target := rapid.SampledFrom(items).Draw(t, "target")
		want := m.shortest(items, target)
		path, err := Path(m.state(), summaries(items), target.summary().Release)
		if want < 0 {
			none++
			checkNoPath(t, err)
			if path != nil {
				t.Fatalf("a path %v where there is none", path)
			}
			return
		}
		found++
		if err != nil || len(path) != want {
			t.Fatalf("%d steps %v, %v; want %d", len(path), path, err, want)
		}
		walkPath(t, m, items, path)
		if last := path[len(path)-1].Release; last != target.summary().Release {
			t.Fatalf("ends with %v", last)
		}
	})
	if found == 0 || none == 0 {
		t.Errorf("%d paths and %d times none: the draw proves nothing", found, none)
	}
}

func checkNoPath(t *rapid.T, err error) {
	var unmet *Unmet
	var older *Older
	if !errors.As(err, &unmet) && !errors.As(err, &older) {
		t.Fatalf("no path, and no reason: %v", err)
	}
	if unmet != nil && unmet.Package.Requires == nil {
		t.Fatalf("%v blames a package that requires nothing", err)
	}
}

// walkPath takes the steps in the model: each must be on offer and allowed when
// it is taken.
func walkPath(t *rapid.T, m model, items []item, path []pack.Summary) {
	for _, step := range path {
		i := slices.IndexFunc(items, func(p item) bool { return p.summary().Equal(step) && m.can(p) })
		if i < 0 {
			t.Fatalf("%v is not allowed at %+v", step, m)
		}
		m = m.with(items[i])
	}
}

func TestChoicesAgreeWithCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := drawItems(t)
		m := model{rapid.IntRange(1, versions).Draw(t, "base"), rapid.IntRange(0, versions).Draw(t, "site")}
		offered := summaries(items)
		rows := Choices(m.state(), offered)
		for i, p := range items {
			at := slices.IndexFunc(rows, func(c Choice) bool { return c.Summary.Equal(offered[i]) })
			old := p.v <= m.base
			if p.site {
				old = p.v <= m.site
			}
			if old != (at < 0) {
				t.Fatalf("%+v at %+v: row %d", p, m, at)
			}
			if at < 0 {
				continue
			}
			c, err := rows[at], Check(m.state(), offered[i])
			if c.Installable != (err == nil) || c.Installable != m.can(p) || err != nil && c.Reason != err.Error() {
				t.Fatalf("%+v at %+v: %+v, %v", p, m, c, err)
			}
		}
		if !slices.IsSortedFunc(rows, func(a, b Choice) int {
			if a.Summary.Kind != b.Summary.Kind {
				return map[pack.Kind]int{pack.Base: -1, pack.Site: 1}[a.Summary.Kind]
			}
			return b.Summary.Compare(a.Summary.Release)
		}) {
			t.Fatalf("not in order: %+v", rows)
		}
	})
}

// FuzzPlan asks with summaries that no check has seen.
func FuzzPlan(f *testing.F) {
	f.Add("3.2.4", "12.1.4", "base", "3.3.2", "base", "3.2.4", "", "site")
	f.Add("3.2.4", "", "license", "1", "site", "12.1.4", "19", "license")
	f.Add("", "", "", "", "", "", "", "")
	f.Fuzz(func(t *testing.T, base, site, kind, version, needKind, min, max, toKind string) {
		s := State{Base: pack.Release{Kind: pack.Base, Version: base}, Site: pack.Release{Kind: pack.Site, Version: site}}
		p := pack.Summary{Product: pack.Product, Architecture: pack.Architecture, Release: pack.Release{Kind: pack.Kind(kind), Version: version},
			Requires: []pack.Requirement{{Kind: pack.Kind(needKind), Min: min, Max: max}}}
		q := pack.Summary{Product: pack.Product, Architecture: pack.Architecture, Release: pack.Release{Kind: pack.Kind(needKind), Version: min}}
		offered := []pack.Summary{p, q}
		for _, c := range Choices(s, offered) {
			if c.Installable != (c.Reason == "") {
				t.Errorf("%+v", c)
			}
		}
		path, err := Path(s, offered, pack.Release{Kind: pack.Kind(toKind), Version: version})
		if (err == nil) != (len(path) > 0) {
			t.Fatalf("%v, %v", path, err)
		}
		for _, step := range path {
			if err := Check(s, step); err != nil {
				t.Errorf("%+v: %v", step, err)
			}
			s = s.with(step)
		}
	})
}
