// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"errors"
	"strings"
	"testing"

	"understudy/appliance/base/slots"
	"understudy/appliance/layout"
	"understudy/appliance/task"
)

// told is a loader that says that something went wrong when it is done.
type told struct {
	slots.Loader
	arm, reject error
}

func (l told) Arm(r layout.Release, tries int) error {
	return errors.Join(l.Loader.Arm(r, tries), l.arm)
}

func (l told) Reject(r layout.Release) error {
	if l.reject != nil {
		return l.reject
	}
	return l.Loader.Reject(r)
}

var errDisk = errors.New("the disk does not answer")

// What the loader was told is taken back when an update is given up after that:
// a version that starts then would be proven by nobody.
func TestWhatTheLoaderWasToldIsTakenBack(t *testing.T) {
	for name, early := range map[string]func(times int, l slots.Loader) (slots.Loader, func() error){
		"it was told, and not written out": func(_ int, l slots.Loader) (slots.Loader, func() error) { return told{Loader: l, arm: errDisk}, closed },
		"its partition is not closed": func(times int, l slots.Loader) (slots.Loader, func() error) {
			if times == 1 {
				return l, func() error { return errDisk }
			}
			return l, closed
		},
	} {
		for _, firmware := range firmwares {
			t.Run(name+", "+firmware, func(t *testing.T) {
				b := newBox(t, firmware)
				b.mark("before")
				times := 0
				b.early = func(l slots.Loader) (slots.Loader, func() error, error) {
					times++
					l, done := early(times, l)
					return l, done, nil
				}
				given, _, err := b.installID(ada, b.ready().ID, Choice{})
				if err != nil {
					t.Fatal(err)
				}
				if end := b.end(given.ID); end.State != task.Failed || !strings.Contains(end.Error, errDisk.Error()) {
					t.Errorf("the task: %+v", end)
				}
				if u := b.state(); u.State != Failed || b.Frozen(t.Context()) != nil || b.holds.Load() != 0 {
					t.Errorf("the journal says %s, frozen %v, %d holds", u.State, b.Frozen(t.Context()), b.holds.Load())
				}
				if v := b.reboot(); v != "3.3.2" {
					t.Errorf("the next start is of %s", v)
				}
				b.early = nil
				b.install(Choice{})
				if v := b.reboot(); v != "4.2.1" {
					t.Errorf("after another install it runs %s", v)
				}
			})
		}
	}
}

// What cannot be taken back is still proven when it starts.
func TestWhatCannotBeTakenBackIsProven(t *testing.T) {
	for _, firmware := range firmwares {
		t.Run(firmware, func(t *testing.T) {
			b := newBox(t, firmware)
			b.mark("before")
			b.early = func(l slots.Loader) (slots.Loader, func() error, error) {
				return told{l, errDisk, errDisk}, closed, nil
			}
			given, _, err := b.installID(ada, b.ready().ID, Choice{})
			if err != nil {
				t.Fatal(err)
			}
			if end := b.end(given.ID); end.State != task.Failed || !strings.Contains(end.NextStep, "Restart") {
				t.Errorf("the task: %+v", end)
			}
			var trial *TrialError
			if err := b.Frozen(t.Context()); !errors.As(err, &trial) || trial.State != Arming {
				t.Errorf("the configuration may be changed: %v", err)
			}
			b.early = nil
			if v := b.reboot(); v != "4.2.1" {
				t.Fatalf("the next start is of %s", v)
			}
			for _, t := range b.tasks.Live() {
				b.end(t.ID)
			}
			if u := b.state(); u.State != Good {
				t.Errorf("it is %s", u.State)
			}
		})
	}
}

// From the install to the proof nobody restarts the box: it would cost one of
// the tries. Nor is it reset: nobody would be left to prove anything.
func TestTheBoxIsHeldUntilTheVersionIsProven(t *testing.T) {
	b := newBox(t, "uefi")
	b.mark("before")
	held := func(when string, want int32) {
		t.Helper()
		if n := b.holds.Load(); n != want {
			t.Errorf("%s: %d holds, want %d", when, n, want)
		}
	}
	id := b.install(Choice{})
	held("before the restart", 1)
	b.fit = errors.New("its pages do not answer")
	b.reboot()
	b.restart()
	held("when it is sent away", 1)
	b.reboot()
	b.end(id)
	held("back at the old version", 0)
	b.fit = nil
	again := b.install(Choice{Force: true})
	b.reboot()
	b.end(again)
	held("proven", 0)
}

// An install that ends by a mistake of ours does not hold the box for ever.
func TestAPanicHoldsNothing(t *testing.T) {
	b := newBox(t, "uefi")
	b.early = func(slots.Loader) (slots.Loader, func() error, error) { panic("a mistake") }
	given, _, err := b.installID(ada, b.ready().ID, Choice{})
	if err != nil {
		t.Fatal(err)
	}
	if end := b.end(given.ID); end.State != task.Failed || b.holds.Load() != 0 {
		t.Errorf("%d holds are left by %+v", b.holds.Load(), end)
	}
}

// A version that did not work stays one until it is tried again.
func TestForcingLastsForOneTry(t *testing.T) {
	b := newBox(t, "uefi")
	b.mark("before")
	b.install(Choice{})
	b.fit = errors.New("its pages do not answer")
	b.reboot()
	b.restart()
	b.reboot()
	for name, early := range map[string]func(l slots.Loader) (slots.Loader, func() error, error){
		"before it is written": func(slots.Loader) (slots.Loader, func() error, error) { return nil, nil, errDisk },
		"after it was to start": func(l slots.Loader) (slots.Loader, func() error, error) {
			return told{Loader: l, arm: errDisk}, closed, nil
		},
	} {
		b.early = early
		given, _, err := b.installID(ada, b.ready().ID, Choice{Force: true})
		if err != nil {
			t.Fatal(err)
		}
		b.end(given.ID)
		b.reboot()
		var bad *BadError
		if _, _, err := b.installID(ada, b.ready().ID, Choice{}); !errors.As(err, &bad) {
			t.Errorf("once forced and given up %s, it is installed without: %v", name, err)
		}
	}
}
