// SPDX-License-Identifier: Apache-2.0

package slots_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"understudy/appliance/base/slots"
	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/layout"
)

var errCut = errors.New("power cut")

// cutAfter lets n changes happen and no more. It returns what they were.
func cutAfter(m *slotstest.Machine, n int) *[]string {
	done := &[]string{}
	m.Step = func(change string) error {
		if len(*done) == n {
			return errCut
		}
		*done = append(*done, change)
		return nil
	}
	return done
}

// update does a whole update up to the first error.
func update(t *testing.T, m *slotstest.Machine, r layout.Release) error {
	b := slotstest.UKI(r)
	if err := m.Loader().Stage(t.Context(), r, bytes.NewReader(b), int64(len(b)), nil); err != nil {
		return err
	}
	if err := m.Loader().Arm(r, 2); err != nil {
		return err
	}
	if got := m.Boot(); got != r.ID() {
		t.Errorf("armed, but %s boots", got)
	}
	return m.Loader().Bless(r)
}

// bootsWhole checks what bootsBoth does, and starts the machine.
func bootsWhole(t *testing.T, m *slotstest.Machine, of ...layout.Release) {
	t.Helper()
	bootsBoth(t, m, of)
	m.Boot()
}

// bootsBoth checks that what either loader would pick is one of the releases,
// byte by byte.
func bootsBoth(t *testing.T, m *slotstest.Machine, of []layout.Release) {
	t.Helper()
	for firmware, choose := range map[string]func(fs.FS) (slots.Choice, error){"uefi": slots.ChooseSDBoot, "bios": slots.ChooseGRUB} {
		c, err := choose(os.DirFS(m.ESP))
		if err != nil {
			t.Errorf("%s: %v: %v", firmware, err, m.Files())
			return
		}
		read := func(path string) []byte {
			b, err := os.ReadFile(filepath.Join(m.ESP, path))
			must(t, err)
			return b
		}
		whole := slices.ContainsFunc(of, func(r layout.Release) bool {
			if c.Slot != "" {
				return bytes.Equal(read(c.Slot.Kernel()), slotstest.Kernel(r)) && bytes.Equal(read(c.Slot.Initrd()), slotstest.Initrd(r))
			}
			return bytes.Equal(read(c.Image), slotstest.UKI(r))
		})
		if !whole {
			t.Errorf("%s boots %s%s, which is no whole release", firmware, c.Image, c.Slot)
		}
	}
}

// TestPowerCut ends an update behind each of its changes. Either loader then
// boots a whole release, and the update can be done again to its end.
func TestPowerCut(t *testing.T) {
	onBoth(t, func(t *testing.T, factory *slotstest.Machine) {
		for n := 0; ; n++ {
			m := slotstest.New(t, factory.Firmware, v1)
			must(t, update(t, m, v2))
			done := cutAfter(m, n)
			err := update(t, m, v3)
			if err == nil {
				if n < 20 {
					t.Errorf("an update has only %d changes: %q", n, *done)
				}
				return
			}
			if !errors.Is(err, errCut) {
				t.Fatalf("after %d changes: %v", n, err)
			}
			m.Step = nil
			bootsWhole(t, m, v2, v3)
			switch e, err := m.Loader().Running(); {
			case err != nil:
				t.Fatal(err)
			case e.Release.ID() == v3.ID():
				must(t, m.Loader().Bless(v3))
			default:
				must(t, update(t, m, v3))
			}
			want := []string{"4.2.1-1 good *", "3.10.0-1 good"}
			if m.Firmware == "uefi" { // there a third has room
				want = append(want, "3.3.2-1 good")
			}
			has(t, m, want...)
			bootsWhole(t, m, v3)
			if t.Failed() {
				t.Fatalf("cut after %d changes: %q", n, *done)
			}
			for path := range m.Files() {
				if strings.HasSuffix(path, ".part") {
					t.Errorf("left after %d changes and the next update: %s", n, path)
				}
			}
		}
	})
}

// A power cut in a rename may leave both names. The next change leaves one.
func TestTwoNamesOfOneImage(t *testing.T) {
	m := slotstest.New(t, "uefi", v1)
	install(t, m, v2)
	dir := strings.TrimSuffix(layout.UKIPath(v2), ".efi")
	for _, name := range []string{dir + ".staged", dir + ".efi"} {
		m.Write(name, slotstest.UKI(v2))
	}
	has(t, m, "3.10.0-1 good *", "3.3.2-1 good")
	must(t, m.Loader().Bless(v2))
	if _, there := m.Files()[dir+".efi"]; !there || len(m.Files()) != 2+2*4+1 {
		t.Errorf("files: %v", m.Files())
	}
	bootsWhole(t, m, v2)
}

// move is the other firmware's boot of the same disk, and back.
func move(m *slotstest.Machine) string {
	home := m.Firmware
	m.Firmware = map[string]string{"uefi": "bios", "bios": "uefi"}[home]
	id := m.Boot()
	m.Firmware = home
	m.Boot()
	return id
}

// A cut between the two forms of Bless: the next Stage makes up for it.
func TestPowerCutInBless(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		install(t, m, v2)
		cutAfter(m, 1)
		if err := m.Loader().Bless(v2); !errors.Is(err, errCut) {
			t.Fatalf("blessing: %v", err)
		}
		m.Step = nil
		if got := m.Boot(); got != v2.ID() {
			t.Errorf("blessed, but %s boots", got)
		}
		has(t, m, "3.10.0-1 good *", "3.3.2-1 good")
		stage(t, m, v1) // what was good before, on purpose
		if got := move(m); got != v2.ID() {
			t.Errorf("on the other machine %s boots", got)
		}
	})
}

// A second update is cut off while the first is armed. What then boots and
// proves itself boots on the other machine, too.
func TestPowerCutInSecondUpdate(t *testing.T) {
	onBoth(t, func(t *testing.T, factory *slotstest.Machine) {
		for n := 0; ; n++ {
			m := slotstest.New(t, factory.Firmware, v1)
			stage(t, m, v2)
			must(t, m.Loader().Arm(v2, 2))
			done := cutAfter(m, n)
			b := slotstest.UKI(v3)
			err := m.Loader().Stage(t.Context(), v3, bytes.NewReader(b), int64(len(b)), nil)
			m.Step = nil
			got := m.Boot()
			e, err2 := m.Loader().Running()
			must(t, err2)
			must(t, m.Loader().Bless(e.Release))
			if away := move(m); away != got {
				t.Fatalf("%s boots and is good, on the other machine %s: cut after %q", got, away, *done)
			}
			if err == nil {
				return
			}
		}
	})
}
