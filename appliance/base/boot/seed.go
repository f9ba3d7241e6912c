// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"understudy/appliance/layout"
)

// seedResult is what was found of a seed.
type seedResult struct {
	seed     layout.Seed
	source   string   // empty: there was none
	problems []string // if any, seed is zero
}

// seedMount is where a volume is mounted while its seed is read.
const seedMount = "/run/understudy/seed"

// seedFromFirmware takes the seed that QEMU was started with.
func seedFromFirmware(sys string) seedResult {
	path := filepath.Join(sys, "firmware/qemu_fw_cfg/by_name", layout.SeedFirmwareID, "raw")
	f, err := os.Open(path)
	if err != nil {
		return seedResult{}
	}
	defer f.Close()
	return readSeed("fw_cfg", f)
}

// findSeedVolume returns the first device with the agreed label.
func findSeedVolume(sys, dev string) string {
	disks, partitions := blockDevices(sys)
	for _, d := range disks {
		for _, name := range append([]string{d}, partitions[d]...) {
			f, err := os.Open(filepath.Join(dev, name))
			if err != nil {
				continue
			}
			label := fatLabel(f)
			f.Close()
			if strings.EqualFold(label, layout.SeedVolume) {
				return name
			}
		}
	}
	return ""
}

// waitSeedVolume gives a volume that is plugged in the time to show up: there
// is a token in appeared when something comes, and a stick takes a second from
// its plug to its disk.
func waitSeedVolume(sys, dev string, appeared <-chan struct{}) string {
	const quiet, limit = 500 * time.Millisecond, 10 * time.Second
	late := time.After(limit)
	for {
		if volume := findSeedVolume(sys, dev); volume != "" {
			return volume
		}
		select {
		case <-appeared:
		case <-time.After(quiet):
			if !stickPending(sys) {
				return ""
			}
		case <-late:
			return ""
		}
	}
}

// stickPending reports whether there is a USB device of the mass storage class
// (interface class 08) that has no disk yet.
func stickPending(sys string) bool {
	devices, _ := filepath.Glob(filepath.Join(sys, "bus/usb/devices/*/modalias"))
	for _, d := range devices {
		b, err := os.ReadFile(d)
		if err != nil || !strings.Contains(string(b), "ic08isc") {
			continue
		}
		disks, _ := filepath.Glob(filepath.Join(filepath.Dir(d), "host*/target*/*/block/*"))
		if len(disks) == 0 {
			return true
		}
	}
	return false
}

// seedFromVolume mounts a volume for as long as it takes to read its seed.
func seedFromVolume(name, device string) seedResult {
	fail := func(err error) seedResult {
		return seedResult{source: name, problems: []string{
			fmt.Sprintf("The volume %s on %s could not be read: %v.", layout.SeedVolume, name, err)}}
	}
	m := mount{device, seedMount, "vfat", bare | unix.MS_RDONLY, ""}
	if err := m.do(); err != nil {
		return fail(err)
	}
	defer unix.Unmount(seedMount, unix.MNT_DETACH)
	f, err := os.Open(filepath.Join(seedMount, layout.SeedFile))
	if errors.Is(err, os.ErrNotExist) {
		return fail(fmt.Errorf("it holds no file %s", layout.SeedFile))
	}
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	return readSeed(name, f)
}

// readSeed reads a little more than is allowed, so that what is too large is
// told apart from what fits exactly, and a huge one costs no memory.
func readSeed(source string, r io.Reader) seedResult {
	b, err := io.ReadAll(io.LimitReader(r, layout.MaxSeed+1))
	if err != nil {
		return seedResult{source: source, problems: []string{fmt.Sprintf("The seed could not be read: %v.", err)}}
	}
	seed, err := layout.ParseSeed(b)
	var bad *layout.SeedError
	if errors.As(err, &bad) {
		return seedResult{source: source, problems: bad.Problems}
	}
	if err != nil {
		return seedResult{source: source, problems: []string{fmt.Sprintf("The seed could not be used: %v.", err)}}
	}
	return seedResult{seed: seed, source: source}
}

// unless takes a seed for a bad one if unusable, which may be nil, has something
// against it.
func (r seedResult) unless(unusable func(layout.Seed) []string) seedResult {
	if unusable == nil || len(r.problems) > 0 {
		return r
	}
	if problems := unusable(r.seed); len(problems) > 0 {
		return seedResult{source: r.source, problems: problems}
	}
	return r
}

// seedDuration reads a duration of a checked seed, or takes the usual value.
func seedDuration(s string, usual time.Duration) time.Duration {
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return d
	}
	return usual
}
