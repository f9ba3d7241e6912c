// SPDX-License-Identifier: Apache-2.0

package slots_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"understudy/appliance/base/slots"
	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/layout"
)

var (
	v1 = slotstest.Release("3.3.2")
	v2 = slotstest.Release("3.10.0")
	v3 = slotstest.Release("4.2.1")
)

// onBoth runs a test with either loader, on a machine from the factory.
func onBoth(t *testing.T, test func(t *testing.T, m *slotstest.Machine)) {
	for _, firmware := range []string{"uefi", "bios"} {
		t.Run(firmware, func(t *testing.T) { test(t, slotstest.New(t, firmware, v1)) })
	}
}

func stage(t *testing.T, m *slotstest.Machine, r layout.Release) {
	t.Helper()
	b := slotstest.UKI(r)
	if err := m.Loader().Stage(t.Context(), r, bytes.NewReader(b), int64(len(b)), nil); err != nil {
		t.Fatalf("staging %s: %v", r.ID(), err)
	}
}

// name lets the loader write down what slot a holds, which the factory did not.
func name(t *testing.T, m *slotstest.Machine) {
	t.Helper()
	stage(t, m, v2)
	must(t, m.Loader().Drop(v2))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// install stages a release, arms it and boots.
func install(t *testing.T, m *slotstest.Machine, r layout.Release) {
	t.Helper()
	stage(t, m, r)
	must(t, m.Loader().Arm(r, 2))
	if got := m.Boot(); got != r.ID() {
		t.Fatalf("%s is armed, but %s boots", r.ID(), got)
	}
}

// has checks the entries: "id state tries", the running one with a star.
func has(t *testing.T, m *slotstest.Machine, want ...string) {
	t.Helper()
	entries, err := m.Loader().Entries()
	must(t, err)
	var got []string
	for _, e := range entries {
		s := e.Release.ID() + " " + e.State + strings.Repeat("+", e.TriesLeft)
		if e.Running {
			s += " *"
		}
		got = append(got, s)
	}
	if !slices.Equal(got, want) {
		t.Errorf("entries are %q, want %q", got, want)
	}
}

func TestFactory(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		has(t, m, "3.3.2-1 good *")
		if got := []string{m.Boot(), m.Boot(), m.Boot()}; !slices.Equal(got, []string{v1.ID(), v1.ID(), v1.ID()}) {
			t.Errorf("boots: %q", got)
		}
		if _, there := m.Files()[layout.UKIPath(v1)]; !there {
			t.Error("the factory's image has got a counter")
		}
	})
}

func TestGoodUpdate(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		stage(t, m, v2)
		has(t, m, "3.10.0-1 staged", "3.3.2-1 good *")
		if got := m.Boot(); got != v1.ID() {
			t.Errorf("staged only, but %s boots", got)
		}
		must(t, m.Loader().Arm(v2, 2))
		must(t, m.Loader().Arm(v2, 2))
		has(t, m, "3.10.0-1 trial++", "3.3.2-1 good *")
		if got := m.Boot(); got != v2.ID() {
			t.Errorf("armed, but %s boots", got)
		}
		has(t, m, "3.10.0-1 trial+ *", "3.3.2-1 good")
		must(t, m.Loader().Bless(v2))
		must(t, m.Loader().Bless(v2))
		has(t, m, "3.10.0-1 good *", "3.3.2-1 good")
		for range 4 {
			if got := m.Boot(); got != v2.ID() {
				t.Errorf("good, but %s boots", got)
			}
		}
		has(t, m, "3.10.0-1 good *", "3.3.2-1 good")
	})
}

func TestTrialThatNeverProvesItself(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		stage(t, m, v2)
		must(t, m.Loader().Arm(v2, 2))
		var boots []string
		for range 4 {
			boots = append(boots, m.Boot())
		}
		if want := []string{v2.ID(), v2.ID(), v1.ID(), v1.ID()}; !slices.Equal(boots, want) {
			t.Errorf("boots: %q, want %q", boots, want)
		}
		has(t, m, "3.10.0-1 bad", "3.3.2-1 good *")

		// Forced: once more, with a single try.
		must(t, m.Loader().Arm(v2, 1))
		has(t, m, "3.10.0-1 trial+", "3.3.2-1 good *")
		if got := []string{m.Boot(), m.Boot()}; !slices.Equal(got, []string{v2.ID(), v1.ID()}) {
			t.Errorf("boots with one try: %q", got)
		}
	})
}

func TestReject(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		install(t, m, v2)
		must(t, m.Loader().Reject(v2))
		must(t, m.Loader().Reject(v2))
		has(t, m, "3.10.0-1 trial *", "3.3.2-1 good")
		if got := m.Boot(); got != v1.ID() {
			t.Errorf("rejected, but %s boots", got)
		}
		has(t, m, "3.10.0-1 bad", "3.3.2-1 good *")
		if err := m.Loader().Reject(v1); !errors.Is(err, slots.ErrInUse) {
			t.Errorf("rejecting the good release: %v", err)
		}
		must(t, m.Loader().Reject(v3)) // is not there
	})
}

func TestSecondUpdateBeforeTheReboot(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		stage(t, m, v3)
		must(t, m.Loader().Arm(v3, 2))
		stage(t, m, v2)
		has(t, m, "3.10.0-1 staged", "3.3.2-1 good *")
		if got := m.Boot(); got != v1.ID() {
			t.Errorf("the first update was replaced, but %s boots", got)
		}
		stage(t, m, v2) // the same once more
		must(t, m.Loader().Arm(v2, 2))
		if got := m.Boot(); got != v2.ID() {
			t.Errorf("armed, but %s boots", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		again := func(r layout.Release) error {
			b := slotstest.UKI(r)
			return m.Loader().Stage(t.Context(), r, bytes.NewReader(b), int64(len(b)), nil)
		}
		refused := func(what string, err, want error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		refused("staging the running release", again(v1), slots.ErrInUse)
		refused("arming what is not there", m.Loader().Arm(v3, 2), slots.ErrNotStaged)
		refused("arming the running release", m.Loader().Arm(v1, 2), slots.ErrInUse)
		refused("dropping the running release", m.Loader().Drop(v1), slots.ErrInUse)
		refused("blessing another release", m.Loader().Bless(v2), slots.ErrNotRunning)
		must(t, m.Loader().Drop(v3)) // is not there
		old := slotstest.Release("3.2.4")
		stage(t, m, old)
		refused("arming an older release", m.Loader().Arm(old, 2), slots.ErrOlder)

		install(t, m, v2)
		before := m.Files()
		refused("dropping the release on trial", m.Loader().Drop(v2), slots.ErrInUse)
		refused("dropping the last good release", m.Loader().Drop(v1), slots.ErrInUse)
		refused("staging during a trial", again(v3), slots.ErrOnTrial)
		refused("arming during a trial", m.Loader().Arm(v2, 2), slots.ErrInUse)
		if after := m.Files(); !maps.Equal(before, after) {
			t.Errorf("refusals changed the files: %v to %v", before, after)
		}
		for _, tries := range []int{-1, 0, 3} {
			if err := m.Loader().Arm(v3, tries); err == nil {
				t.Errorf("%d tries were accepted", tries)
			}
		}
	})
}

func TestDrop(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		stage(t, m, v2) // which also names the release of slot a
		must(t, m.Loader().Drop(v2))
		before := m.Files()
		stage(t, m, v2)
		must(t, m.Loader().Arm(v2, 2))
		must(t, m.Loader().Drop(v2))
		has(t, m, "3.3.2-1 good *")
		if after := m.Files(); !maps.Equal(before, after) {
			t.Errorf("left after a drop: %v, before: %v", after, before)
		}
		if got := m.Boot(); got != v1.ID() {
			t.Errorf("dropped, but %s boots", got)
		}
	})
}

// What runs is what booted, whatever the default is by now.
func TestRunningIsWhatBooted(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		install(t, m, v2)
		must(t, m.Loader().Bless(v2))
		stage(t, m, v3)
		must(t, m.Loader().Arm(v3, 2))
		e, err := m.Loader().Running()
		if must(t, err); e.Release.ID() != v2.ID() || e.State != slots.Good || !e.Running || e.Release.Build != "test" {
			t.Errorf("running: %+v", e)
		}
		if err := m.Loader().Drop(v2); !errors.Is(err, slots.ErrInUse) {
			t.Errorf("dropping what runs though it is not the default: %v", err)
		}
	})
}

// A disk may move between machines: whatever is good on one boots on the other.
func TestDiskMoves(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		home, away := m.Firmware, map[string]string{"uefi": "bios", "bios": "uefi"}[m.Firmware]
		install(t, m, v2)
		m.Firmware = away
		if got := m.Boot(); got != v1.ID() {
			t.Errorf("unproven on the other machine, but %s boots here", got)
		}
		m.Firmware = home
		if got := m.Boot(); got != v2.ID() {
			t.Errorf("back home %s boots", got)
		}
		must(t, m.Loader().Bless(v2))
		m.Firmware = away
		if got := m.Boot(); got != v2.ID() {
			t.Errorf("good on the other machine, but %s boots here", got)
		}
		install(t, m, v3)
		must(t, m.Loader().Bless(v3))
		m.Firmware = home
		if got := m.Boot(); got != v3.ID() {
			t.Errorf("updated on the other machine, but %s boots here", got)
		}
	})
}

func TestManyUpdates(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		var most int
		for _, version := range []string{"3.4", "3.5", "4.0", "4.1", "5.0", "5.1"} {
			install(t, m, slotstest.Release(version))
			must(t, m.Loader().Bless(slotstest.Release(version)))
			most = max(most, len(m.Files()))
		}
		// Three images, two slots of four files, and GRUB's variables.
		if most > 3+2*4+1 {
			t.Errorf("%d files: %v", most, m.Files())
		}
	})
}

func TestUnknownBoot(t *testing.T) {
	if _, err := slots.Open(t.TempDir(), "direct", "", ""); !errors.Is(err, slots.ErrUnknown) {
		t.Errorf("without a loader: %v", err)
	}
	for firmware, cmdline := range map[string]string{"uefi": "", "bios": "console=tty0 understudy.slot=c"} {
		l, err := slots.Open(t.TempDir(), firmware, cmdline, t.TempDir())
		must(t, err)
		if _, err := l.Running(); !errors.Is(err, slots.ErrUnknown) {
			t.Errorf("%s without a trace of the loader: %v", firmware, err)
		}
	}
}
