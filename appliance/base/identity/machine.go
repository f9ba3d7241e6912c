// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"understudy/hwprofiles"
)

// Machine tells what there is to compute with.
type Machine interface {
	Size() hwprofiles.Size
}

// Local returns the machine this runs on, read below root: "/" but in tests.
func Local(root string) Machine { return local(root) }

type local string

// Size reads processors, memory and the largest disk.
func (root local) Size() hwprofiles.Size {
	return hwprofiles.Size{CPUs: runtime.NumCPU(), MemoryMiB: root.memory(), DiskGiB: root.disk()}
}

// memory is what is plugged in, in MiB: the firmware's map says that, while
// /proc/meminfo leaves out what the kernel took for itself. Firmware keeps a
// few MiB, so the sum is rounded up to whole 64 MiB.
func (root local) memory() int {
	ranges, err := filepath.Glob(filepath.Join(string(root), "sys/firmware/memmap/*"))
	if err != nil {
		return 0
	}
	var bytes uint64
	for _, dir := range ranges {
		kind, err := os.ReadFile(filepath.Join(dir, "type"))
		if err != nil || strings.TrimSpace(string(kind)) != "System RAM" {
			continue
		}
		first, last := number(filepath.Join(dir, "start")), number(filepath.Join(dir, "end"))
		if last > first {
			bytes += last - first + 1
		}
	}
	const granule = 64 << 20
	return int((bytes + granule - 1) / granule * granule >> 20)
}

// number reads a file that holds one number, decimal or 0x and hexadecimal;
// 0 if it does not.
func number(path string) uint64 {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 0, 64)
	if err != nil {
		return 0
	}
	return n
}

// disk is the size of the largest block device that is a disk, in GiB.
func (root local) disk() int {
	devices, err := filepath.Glob(filepath.Join(string(root), "sys/block/*"))
	if err != nil {
		return 0
	}
	largest := 0
	for _, dev := range devices {
		if _, err := os.Stat(filepath.Join(dev, "device")); err != nil {
			continue // loop, ram and device-mapper devices hang on nothing
		}
		sectors := number(filepath.Join(dev, "size")) // of 512 bytes, whatever the disk's own
		largest = max(largest, int(sectors>>21))
	}
	return largest
}

// sinceBoot is how long the kernel has run. Nobody sets that clock, and it
// counts what the machine slept.
func sinceBoot() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) // fails only for a clock that does not exist
	return time.Duration(t.Nano())
}
