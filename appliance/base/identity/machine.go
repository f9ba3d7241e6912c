// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"understudy/hwprofiles"
)

// Machine tells what there is to compute with.
type Machine interface {
	Size() hwprofiles.Size
}

// Local returns the machine this runs on, read below root: "/" but in tests.
func Local(root string) Machine { return local(root) }

type local string

// Size reads processors, memory and the largest disk. The kernel keeps some
// memory to itself, so what /proc/meminfo says is rounded up to whole 64 MiB.
func (root local) Size() hwprofiles.Size {
	return hwprofiles.Size{CPUs: runtime.NumCPU(), MemoryMiB: root.memory(), DiskGiB: root.disk()}
}

func (root local) memory() int {
	b, err := os.ReadFile(filepath.Join(string(root), "proc/meminfo"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		rest, ok := strings.CutPrefix(line, "MemTotal:")
		if !ok {
			continue
		}
		kib, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
		if err != nil {
			return 0
		}
		const granule = 64
		return (kib/1024 + granule - 1) / granule * granule
	}
	return 0
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
		b, err := os.ReadFile(filepath.Join(dev, "size"))
		if err != nil {
			continue
		}
		sectors, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		if err != nil {
			continue
		}
		largest = max(largest, int(sectors>>21)) // 512-byte sectors, whatever the disk's own
	}
	return largest
}
