// SPDX-License-Identifier: Apache-2.0

package slots_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"understudy/appliance/base/slots"
	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/layout"
)

// TestWalk does whatever comes to mind with a machine, power cuts and moves to
// another firmware included. Whatever it was, both loaders boot a whole
// release, what runs and what is good stays, and no image has two names.
func TestWalk(t *testing.T) {
	releases := []layout.Release{slotstest.Release("3.2.4"), v1, v2, v3, slotstest.Release("5.1.0")}
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 3))
		m := slotstest.New(t, []string{"uefi", "bios"}[seed%2], v1)
		var walk []string
		for range 20 {
			step := walkStep(t, m, r, releases)
			walk = append(walk, step)
			checkEntries(t, m)
			bootsBoth(t, m, releases)
			if t.Failed() {
				t.Fatalf("seed %d: %q", seed, walk)
			}
		}
	}
}

// walkStep does one thing, now and then with a power cut in it.
func walkStep(t *testing.T, m *slotstest.Machine, r *rand.Rand, releases []layout.Release) string {
	t.Helper()
	release := releases[r.IntN(len(releases))]
	l, what := m.Loader(), ""
	if r.IntN(4) == 0 {
		n := r.IntN(20)
		cutAfter(m, n)
		l, what = m.Loader(), fmt.Sprintf("cut after %d: ", n)
	}
	before, err := l.Running()
	if err != nil {
		t.Errorf("running: %v", err)
	}
	switch r.IntN(8) {
	case 0, 1, 2:
		what += "stage " + release.ID()
		b := slotstest.UKI(release)
		if err = l.Stage(t.Context(), release, bytes.NewReader(b), int64(len(b)), nil); err == nil {
			what += " arm"
			err = l.Arm(release, 1+r.IntN(slots.MaxTries))
		}
	case 3:
		what += "bless"
		err = l.Bless(before.Release)
	case 4:
		what += "reject " + release.ID()
		err = l.Reject(release)
	case 5:
		what += "drop " + release.ID()
		err = l.Drop(release)
	case 6:
		what += "move"
		m.Firmware = map[string]string{"uefi": "bios", "bios": "uefi"}[m.Firmware]
		err = errCut
	default:
		what += "boot"
		err = errCut
	}
	m.Step = nil
	refused := false
	for _, known := range []error{slots.ErrInUse, slots.ErrOnTrial, slots.ErrOlder} {
		refused = refused || errors.Is(err, known)
	}
	switch {
	case errors.Is(err, errCut):
		return what + ", boots " + m.Boot()
	case err != nil && !refused:
		t.Errorf("%s: %v", what, err)
	case refused:
		what += " refused"
	}
	after, err := m.Loader().Running()
	if err != nil || after.Release.ID() != before.Release.ID() {
		t.Errorf("%s: %s ran, now %s, %v", what, before.Release.ID(), after.Release.ID(), err)
	}
	return what
}

// checkEntries checks what holds at any time.
func checkEntries(t *testing.T, m *slotstest.Machine) {
	t.Helper()
	entries, err := m.Loader().Entries()
	if err != nil {
		t.Errorf("entries: %v", err)
	}
	var ids []string
	running, good := 0, 0
	for _, e := range entries {
		ids = append(ids, e.Release.ID())
		if e.Running {
			running++
		}
		if e.State == slots.Good {
			good++
		}
		if e.State != slots.Trial && e.TriesLeft != 0 {
			t.Errorf("%+v has tries left", e)
		}
	}
	slices.Sort(ids)
	if running != 1 || good == 0 || len(slices.Compact(ids)) != len(entries) {
		t.Errorf("entries: %+v", entries)
	}
}
