// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"slices"
	"testing"
)

var (
	allStates = []State{Fetching, Staging, Staged, Saved, Arming, Armed, Proving, Refused, Good, RolledBack, Failed}
	allEvents = []Event{Brought, Written, Copied, SetToTry, LoaderSet, BootedNew, BootedOld, Proven, Unfit, Kept, GivenUp}
)

// Every state is reached, every event is used, and from every state there is
// a way to an end.
func TestTheTableOfStates(t *testing.T) {
	reached, used := map[State]bool{Fetching: true}, map[Event]bool{}
	for from, row := range moves {
		if !slices.Contains(allStates, from) {
			t.Errorf("%q is no state", from)
		}
		for e, to := range row {
			used[e] = true
			reached[to] = true
			if got, err := from.next(e); err != nil || got != to {
				t.Errorf("%s, %s: %s, %v", from, e, got, err)
			}
		}
	}
	for _, s := range allStates {
		if !reached[s] {
			t.Errorf("%q is never reached", s)
		}
		if !ends(s, map[State]bool{}) {
			t.Errorf("from %q there is no way to an end", s)
		}
	}
	for _, e := range allEvents {
		if !used[e] {
			t.Errorf("%q never happens", e)
		}
	}
}

func ends(s State, seen map[State]bool) bool {
	if s.Over() {
		return true
	}
	seen[s] = true
	for _, to := range moves[s] {
		if !seen[to] && ends(to, seen) {
			return true
		}
	}
	return false
}

// A new version that was tried is kept only after it has proven itself, and
// configuration is put back only if it never has.
func TestWhatMustNotHappen(t *testing.T) {
	for _, c := range []struct {
		from State
		e    Event
	}{
		{Armed, Proven}, {Fetching, Written}, {Staged, SetToTry}, {Saved, LoaderSet}, {Arming, Proven}, {Staging, Copied}, {Good, BootedOld}, {RolledBack, BootedNew}, {Refused, Proven}, {Failed, SetToTry},
	} {
		if to, err := c.from.next(c.e); err == nil || to != c.from {
			t.Errorf("%s, %s leads to %s", c.from, c.e, to)
		}
	}
}
