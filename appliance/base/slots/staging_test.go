// SPDX-License-Identifier: Apache-2.0

package slots_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"understudy/appliance/base/slots"
	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/layout"
)

func TestStageRefusesOtherImages(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		name(t, m)
		before := m.Files()
		good := slotstest.UKI(v2)
		for name, c := range map[string]struct {
			image []byte
			size  int64
			want  string
		}{
			"another release": {slotstest.UKI(v3), int64(len(slotstest.UKI(v3))), "another release"},
			"text":            {bytes.Repeat([]byte("text "), 1000), 5000, "not a unified kernel image"},
			"cut short":       {good[:len(good)-9000], int64(len(good)), "ends after"},
			"cut and lied":    {good[:len(good)-9000], int64(len(good) - 9000), "not a whole"},
			"too long":        {append(slices.Clone(good), 1), int64(len(good)), "longer than"},
			"empty":           {nil, 0, "0 bytes"},
		} {
			err := m.Loader().Stage(t.Context(), v2, bytes.NewReader(c.image), c.size, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
			if after := m.Files(); !maps.Equal(before, after) {
				t.Errorf("%s: left %v", name, after)
			}
		}
	})
}

func TestStageIsCancelled(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		name(t, m)
		before := m.Files()
		b := slotstest.UKI(v2)
		ctx, cancel := context.WithCancel(t.Context())
		err := m.Loader().Stage(ctx, v2, io.MultiReader(bytes.NewReader(b[:1000]), stop{cancel}, bytes.NewReader(b[1000:])), int64(len(b)), nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if after := m.Files(); !maps.Equal(before, after) {
			t.Errorf("left after a cancel: %v", after)
		}
	})
}

// stop is an empty reader that cancels.
type stop struct{ cancel context.CancelFunc }

func (s stop) Read([]byte) (int, error) { s.cancel(); return 0, io.EOF }

func TestStageTellsProgress(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		b := slotstest.UKI(v2)
		var last int64
		must(t, m.Loader().Stage(t.Context(), v2, bytes.NewReader(b), int64(len(b)), func(n int64) {
			if n <= last {
				t.Errorf("progress went from %d to %d", last, n)
			}
			last = n
		}))
		if last != int64(len(b)) {
			t.Errorf("progress ended at %d of %d", last, len(b))
		}
	})
}

// used is how much lies on the ESP.
func used(m *slotstest.Machine) (sum int64) {
	for _, n := range m.Files() {
		sum += n
	}
	return sum
}

func TestDiskFull(t *testing.T) {
	const spare = 1 << 20
	size := int64(len(slotstest.UKI(v1)))
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		name(t, m)
		before := m.Files()
		m.Size = size // even the running release in one form leaves no room
		b := slotstest.UKI(v2)
		err := m.Loader().Stage(t.Context(), v2, bytes.NewReader(b), int64(len(b)), nil)
		var full *slots.SpaceError
		if !errors.As(err, &full) || full.Missing < spare || !strings.Contains(err.Error(), "MiB more are needed") {
			t.Fatalf("a full disk: %v", err)
		}
		if after := m.Files(); !maps.Equal(before, after) {
			t.Errorf("a full disk: %v became %v", before, after)
		}
		m.Size = used(m)*10 + 2*spare
		stage(t, m, v2)
	})
}

// The kernel has the last word on what fits.
func TestDiskIsFullerThanItSaid(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		name(t, m)
		before := m.Files()
		m.Step = func(change string) error {
			if strings.HasPrefix(change, "sync ") {
				return syscall.ENOSPC
			}
			return nil
		}
		b := slotstest.UKI(v2)
		err := m.Loader().Stage(t.Context(), v2, bytes.NewReader(b), int64(len(b)), nil)
		var full *slots.SpaceError
		if !errors.As(err, &full) || full.Missing < 1 {
			t.Errorf("no space: %v", err)
		}
		if after := m.Files(); !maps.Equal(before, after) {
			t.Errorf("no space: %v became %v", before, after)
		}
	})
}

// Without room for both, the form in which the box does not boot goes.
func TestUnusedFormGoesFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		size := int64(len(slotstest.UKI(v1)))
		m.Size = used(m) + size + 1<<20 - 1
		if m.Firmware == "bios" {
			m.Size += size
		}
		install(t, m, v2)
		must(t, m.Loader().Bless(v2))
		has(t, m, "3.10.0-1 good *", "3.3.2-1 good")
		_, image := m.Files()[layout.UKIPath(v1)]
		_, pair := m.Files()[layout.SlotA.Kernel()]
		if bios := m.Firmware == "bios"; image == bios || pair != bios {
			t.Errorf("left of %s: image %v, pair %v", v1.ID(), image, pair)
		}
	})
}

// A disk that gives back other bytes than it was given is found out for each of
// the files, and nothing of them stays.
func TestDiskThatFails(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		name(t, m)
		before := m.Files()
		var files []string
		m.Step = func(change string) error {
			if file, ok := strings.CutPrefix(change, "sync "); ok {
				files = append(files, file)
			}
			return nil
		}
		stage(t, m, v2)
		must(t, m.Loader().Drop(v2))
		for _, bad := range files[:3] {
			m.Step = func(change string) error {
				if change != "sync "+bad {
					return nil
				}
				path := filepath.Join(m.ESP, bad)
				b, err := os.ReadFile(path)
				if err == nil {
					b[len(b)/2] ^= 1
					err = os.WriteFile(path, b, 0o600)
				}
				return err
			}
			b := slotstest.UKI(v2)
			err := m.Loader().Stage(t.Context(), v2, bytes.NewReader(b), int64(len(b)), nil)
			if err == nil || !strings.Contains(err.Error(), "other bytes than were written to "+filepath.Base(bad)) {
				t.Errorf("%s: %v", bad, err)
			}
			if after := m.Files(); !maps.Equal(before, after) {
				t.Errorf("%s: %v became %v", bad, before, after)
			}
		}
	})
}

// Fits says what Stage would, byte for byte, and changes nothing.
func TestFits(t *testing.T) {
	onBoth(t, func(t *testing.T, m *slotstest.Machine) {
		name(t, m)
		install(t, m, v2)
		must(t, m.Loader().Bless(v2))
		m.Write(layout.ESPLinuxDir+"/left.part", make([]byte, 5000))
		before := m.Files()
		b := slotstest.UKI(v3)
		m.Size = 1 // less than there is
		var full *slots.SpaceError
		if err := m.Loader().Fits(int64(len(b))); !errors.As(err, &full) {
			t.Fatalf("on a full disk: %v", err)
		}
		m.Size += full.Missing
		must(t, m.Loader().Fits(int64(len(b))))
		m.Size--
		if err := m.Loader().Fits(int64(len(b))); !errors.As(err, &full) || full.Missing != 1 {
			t.Errorf("a byte too little: %v", err)
		}
		if after := m.Files(); !maps.Equal(before, after) {
			t.Errorf("%v became %v", before, after)
		}
		if err := m.Loader().Stage(t.Context(), v3, bytes.NewReader(b), int64(len(b)), nil); !errors.As(err, &full) {
			t.Errorf("staged with a byte too little: %v", err)
		}
		m.Size++
		stage(t, m, v3)
	})
}
