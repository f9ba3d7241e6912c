// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"errors"
	"slices"

	"understudy/pkgstore/pack"
)

// Path returns the shortest order of installs that ends with the release to; a
// tree of 0 stands for any, the newest first. Among orders of the same length
// it prefers Base software, and the newest. If the release cannot be
// reached the error is *Absent, *Older, *Other, or the *Unmet that stops the
// climb: the first requirement, on the way, that nothing on offer meets.
//
// It searches breadth first over pairs of Base and site: (b+1)·(s+1) states at
// most for b and s packages on offer.
func Path(s State, offered []pack.Summary, to pack.Release) ([]pack.Summary, error) {
	offered = sorted(offered)
	targets := slices.DeleteFunc(slices.Clone(offered), func(p pack.Summary) bool { return !matches(p.Release, to) })
	if len(targets) == 0 {
		return nil, &Absent{to}
	}
	w := newWalk(s, offered)
	for i := 0; i < len(w.reached); i++ {
		for _, p := range targets {
			if Check(w.reached[i].state, p) == nil {
				return append(w.path(i), p), nil
			}
		}
		w.expand(i)
	}
	return nil, w.explain(s, targets[0], nil)
}

func matches(r, to pack.Release) bool {
	return r.Kind == to.Kind && pack.CompareVersions(r.Version, to.Version) == 0 && (to.Tree == 0 || to.Tree == r.Tree)
}

// walk is a search over what can become of a box.
type walk struct {
	offered []pack.Summary // sorted
	reached []step
	seen    map[[2]pack.Release]bool
}

// step is a state, and how it was reached for the first time.
type step struct {
	state State
	from  int // index of the step before; -1 for none
	by    pack.Summary
}

func newWalk(s State, offered []pack.Summary) *walk {
	return &walk{offered: offered, reached: []step{{state: s, from: -1}}, seen: map[[2]pack.Release]bool{{s.Base, s.Site}: true}}
}

// expand adds the states that one install leads to. Add-ons lead nowhere: no
// package may require one.
func (w *walk) expand(i int) {
	for _, p := range w.offered {
		if p.Kind == pack.License || Check(w.reached[i].state, p) != nil {
			continue
		}
		next := w.reached[i].state.with(p)
		if key := [2]pack.Release{next.Base, next.Site}; !w.seen[key] {
			w.seen[key] = true
			w.reached = append(w.reached, step{state: next, from: i, by: p})
		}
	}
}

func (w *walk) path(i int) []pack.Summary {
	var path []pack.Summary
	for ; w.reached[i].from >= 0; i = w.reached[i].from {
		path = append(path, w.reached[i].by)
	}
	slices.Reverse(path)
	return path
}

// explain finds what stops the climb to p, after the whole walk: the first
// requirement that no reachable state meets, and of the package that would
// meet it the same, down to one that nothing on offer meets. If each can be
// met but not all at once, it is the first that is unmet now. Asked guards
// against packages that require each other.
func (w *walk) explain(s State, p pack.Summary, asked []pack.Release) error {
	err := Check(s, p)
	var unmet *Unmet
	if !errors.As(err, &unmet) {
		return err
	}
	asked = append(asked, p.Release)
	for _, r := range p.Requires {
		if w.reachable(p, r) {
			continue
		}
		stop := &Unmet{Package: p, Requirement: r, Installed: s.installed(r.Kind).Version, Missing: true}
		for _, q := range slices.Backward(w.offered) { // the oldest that would do
			if q.Kind != r.Kind || !r.Met(q.Version) || q.Kind == p.Kind && q.Compare(p.Release) >= 0 {
				continue // also what would leave no place for p
			}
			stop.Missing = false
			if slices.Contains(asked, q.Release) {
				continue
			}
			var deeper *Unmet
			if errors.As(w.explain(s, q, asked), &deeper) {
				return deeper
			}
		}
		return stop
	}
	return unmet
}

// reachable reports whether the box can come to meet a requirement of p.
func (w *walk) reachable(p pack.Summary, r pack.Requirement) bool {
	return slices.ContainsFunc(w.reached, func(st step) bool { return met(st.state.installed(r.Kind).Version, p, r) })
}
