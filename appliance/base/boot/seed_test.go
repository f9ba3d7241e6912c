// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"understudy/appliance/layout"
)

// endless is a file that never ends.
type endless struct{ read int64 }

func (e *endless) Read(b []byte) (int, error) {
	e.read += int64(len(b))
	return len(b), nil
}

func TestReadSeed(t *testing.T) {
	huge := &endless{}
	for _, c := range []struct {
		name     string
		in       io.Reader
		problems bool
		hostname string
	}{
		{"good", strings.NewReader("hostname = \"box\"\n[test]\nhealth_deadline = \"5s\"\n"), false, "box"},
		{"empty", strings.NewReader(""), false, ""},
		{"unknown entry", strings.NewReader("hostname = \"box\"\ncolour = \"red\"\n"), true, ""},
		{"wrong type", strings.NewReader("hostname = 7\n"), true, ""},
		{"not UTF-8", strings.NewReader("hostname = \"\xff\xfe\"\n"), true, ""},
		{"10 MiB", strings.NewReader(strings.Repeat("#\n", 5<<20)), true, ""},
		{"endless", huge, true, ""},
	} {
		got := readSeed("test", c.in)
		if (len(got.problems) > 0) != c.problems || got.seed.Hostname != c.hostname || got.source != "test" {
			t.Errorf("%s: %+v", c.name, got)
		}
		if c.problems && !reflect.DeepEqual(got.seed, layout.Seed{}) {
			t.Errorf("%s: something of a bad seed is applied: %+v", c.name, got.seed)
		}
	}
	if huge.read > 4*layout.MaxSeed {
		t.Errorf("read %d bytes of an endless seed", huge.read)
	}
}

func TestNothingIsAppliedOfASeedThatCannotBeUsed(t *testing.T) {
	seed := readSeed("test", strings.NewReader("hostname = \"box\"\n"))
	if got := seed.unless(nil); got.seed.Hostname != "box" {
		t.Errorf("where nobody looks: %+v", got)
	}
	if got := seed.unless(func(layout.Seed) []string { return nil }); got.seed.Hostname != "box" {
		t.Errorf("nothing against it: %+v", got)
	}
	got := seed.unless(func(s layout.Seed) []string { return []string{"there is no " + s.Hostname} })
	if want := (seedResult{source: "test", problems: []string{"there is no box"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestFirmwareSeed(t *testing.T) {
	sys := t.TempDir()
	if got := seedFromFirmware(sys); got.source != "" {
		t.Errorf("without firmware: %+v", got)
	}
	writeFile(t, filepath.Join(sys, "firmware/qemu_fw_cfg/by_name/opt/understudy/seed/raw"), "serial = \"S7\"\n")
	if got := seedFromFirmware(sys); got.source != "fw_cfg" || got.seed.Serial != "S7" {
		t.Errorf("%+v", got)
	}
}

func TestFindSeedVolume(t *testing.T) {
	sys, dev := t.TempDir(), t.TempDir()
	addDisk(t, sys, dev, "vda", 1<<20)
	fat32(t, filepath.Join(dev, "vdb"), "OTHER")
	addDisk(t, sys, dev, "vdb", 64<<20)
	if got := findSeedVolume(sys, dev); got != "" {
		t.Errorf("found %q where there is none", got)
	}
	addDisk(t, sys, dev, "sdc", 128<<20, "sdc1", "sdc2")
	fat32(t, filepath.Join(dev, "sdc2"), "UNDERSTUDY")
	if got := findSeedVolume(sys, dev); got != "sdc2" {
		t.Errorf("on a partition: found %q", got)
	}
}

func TestSeedDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{"": time.Minute, "5s": 5 * time.Second, "x": time.Minute, "-1s": time.Minute} {
		if got := seedDuration(in, time.Minute); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
}

// TestWaitForStick plugs in a stick whose disk comes late, and one whose disk
// never comes.
func TestWaitForStick(t *testing.T) {
	const stick = "usb:v46F4p0001d0000dc00dsc00dp00ic08isc06ip50in00"
	for _, c := range []struct {
		name          string
		plugged, disk bool
		want          string
		least, most   time.Duration
	}{
		{"nothing plugged in", false, false, "", 0, time.Second},
		{"disk after three seconds", true, true, "sda", 3 * time.Second, 3 * time.Second},
		{"disk never comes", true, false, "", 10 * time.Second, 10 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			sys, dev := t.TempDir(), t.TempDir()
			if c.plugged {
				addDevice(t, sys, "usb", "1-1:1.0", stick)
			}
			appeared := make(chan struct{}, 1)
			var later sync.WaitGroup
			defer later.Wait()
			if c.disk {
				hidden := t.TempDir()
				fat32(t, filepath.Join(dev, "sda"), "UNDERSTUDY")
				addDisk(t, hidden, dev, "sda", 64<<20)
				later.Go(func() {
					time.Sleep(3 * time.Second)
					if err := os.Rename(filepath.Join(hidden, "block"), filepath.Join(sys, "block")); err != nil {
						t.Error(err)
					}
					appeared <- struct{}{}
				})
			}
			begun := time.Now()
			got := waitSeedVolume(sys, dev, appeared)
			if took := time.Since(begun); got != c.want || took < c.least || took > c.most {
				t.Errorf("%s: found %q after %v", c.name, got, took)
			}
		})
	}
}
