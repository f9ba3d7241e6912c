// SPDX-License-Identifier: Apache-2.0

package slots_test

import (
	"bytes"
	"errors"
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

// bootsWhole starts the machine with either loader, and checks that what each
// of them picks is one of the releases, byte by byte. It ends with its own.
func bootsWhole(t *testing.T, m *slotstest.Machine, of ...layout.Release) {
	t.Helper()
	home := m.Firmware
	for _, firmware := range []string{"bios", "uefi", home} {
		m.Firmware = firmware
		choose := slots.ChooseSDBoot
		if firmware == "bios" {
			choose = slots.ChooseGRUB
		}
		c, err := choose(os.DirFS(m.ESP))
		if err != nil {
			t.Fatalf("%s: %v: %v", firmware, err, m.Files())
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
			t.Fatalf("%s boots %s%s, which is no whole release", firmware, c.Image, c.Slot)
		}
	}
	m.Boot()
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
