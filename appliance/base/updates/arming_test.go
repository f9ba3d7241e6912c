// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"errors"
	"testing"
)

// arming is a box that lost its power when the journal said that the loader is
// being told, and before the loader was.
func arming(t *testing.T) *box {
	t.Helper()
	b := newBox(t, "uefi")
	u, err := b.journal.begin(t.Context(), BaseUpdate{Task: "none", Name: "Base Software 4.2.1", From: baseRelease(oldBase), To: baseRelease(newBase), By: "ada"})
	for _, e := range []Event{Brought, Written, Copied, SetToTry} {
		if err == nil {
			u, err = b.journal.move(t.Context(), u, e, "")
		}
	}
	if err == nil {
		err = takeSnapshot(t.Context(), b.base, b.Dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A version that the loader was never told of was not tried: nothing is held
// against it.
func TestAVersionThatWasNeverTriedIsNotBad(t *testing.T) {
	b := arming(t)
	b.mark("before")
	if v := b.reboot(); v != "3.3.2" {
		t.Fatalf("it runs %s", v)
	}
	if u := b.state(); u.State != Failed || u.Reason != notInPlace {
		t.Errorf("%+v", u)
	}
	if reason, err := b.journal.bad(t.Context(), baseRelease(newBase)); reason != "" || err != nil {
		t.Errorf("it counts as bad: %q, %v", reason, err)
	}
	b.install(Choice{})
	if v := b.reboot(); v != "4.2.1" {
		t.Errorf("after another install it runs %s", v)
	}
}

// While it is not known whether the loader was told, the next start may be the
// new version's: nothing else is changed.
func TestNothingIsChangedWhileTheLoaderIsBeingTold(t *testing.T) {
	b := arming(t)
	if err := b.Frozen(t.Context()); err == nil {
		t.Error("the configuration may be changed")
	}
}

// A change between the copy and the restart would be lost with the trial, so
// nothing is changed from before the copy on.
func TestNothingIsChangedFromBeforeTheCopyOn(t *testing.T) {
	b := newBox(t, "uefi")
	u, err := b.journal.begin(t.Context(), BaseUpdate{Task: "none", Name: "Base Software 4.2.1", From: baseRelease(oldBase), To: baseRelease(newBase), By: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		event  Event
		frozen bool
	}{{Brought, false}, {Written, true}, {Copied, true}, {SetToTry, true}, {LoaderSet, true}, {GivenUp, false}} {
		if u, err = b.journal.move(t.Context(), u, step.event, ""); err != nil {
			t.Fatal(err)
		}
		var trial *TrialError
		if err := b.Frozen(t.Context()); errors.As(err, &trial) != step.frozen {
			t.Errorf("after %q: %v", step.event, err)
		}
	}
}
