// SPDX-License-Identifier: Apache-2.0

package plan

import "understudy/pkgstore/pack"

// State is what a box has installed.
type State struct {
	Base     pack.Release
	Site     pack.Release // Version "" for none
	License  pack.Release // the last add-on; Version "" for none
	Customer string       // whose site it is; "" if that is not known: then any may be
}

// installed is the release of a kind, with Version "" for none.
func (s State) installed(kind pack.Kind) pack.Release {
	switch kind {
	case pack.Base:
		return s.Base
	case pack.Site:
		return s.Site
	case pack.License:
		return s.License
	}
	return pack.Release{}
}

// with is the state after p was installed.
func (s State) with(p pack.Summary) State {
	switch p.Kind {
	case pack.Base:
		s.Base = p.Release
	case pack.Site:
		s.Site = p.Release
	case pack.License:
		s.License = p.Release
	}
	return s
}

// Check returns nil if p can be installed now, else *Other, *Older or *Unmet,
// whichever comes first.
func Check(s State, p pack.Summary) error {
	switch {
	case p.Product != pack.Product:
		return &Other{Package: p, What: "product", Wants: p.Product, Has: pack.Product}
	case p.Architecture != pack.Architecture:
		return &Other{Package: p, What: "architecture", Wants: p.Architecture, Has: pack.Architecture}
	case p.Customer != nil && s.Customer != "" && p.Customer.ID != s.Customer:
		return &Other{Package: p, What: "customer", Wants: p.Customer.ID, Has: s.Customer}
	}
	if has := s.installed(p.Kind); has.Version != "" && p.Compare(has) <= 0 {
		return &Older{Package: p, Installed: has}
	}
	for _, r := range p.Requires {
		if has := s.installed(r.Kind).Version; !met(has, p, r) {
			return &Unmet{Package: p, Requirement: r, Installed: has}
		}
	}
	return nil
}

// met reports whether a requirement of p is met by what is installed of its
// kind. A box without site software has nothing that could be too old for Base
// or for its first site package; an add-on needs a site to add to.
func met(installed string, p pack.Summary, r pack.Requirement) bool {
	if r.Kind == pack.Site && installed == "" {
		return p.Kind != pack.License
	}
	return r.Met(installed)
}
