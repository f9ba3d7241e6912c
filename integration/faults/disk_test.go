// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"understudy/appliance/layout"
)

// disk is the disk of a machine that is off, as somebody with a screwdriver
// has it.
type disk string

// copyOf is a disk that starts as d is now and leaves d alone. d must not be
// written to any more.
func copyOf(t *testing.T, d disk) disk {
	t.Helper()
	base, err := filepath.Abs(string(d))
	if err != nil {
		t.Fatal(err)
	}
	c := disk(filepath.Join(t.TempDir(), "disk.qcow2"))
	run(t, "qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, string(c))
	return c
}

// partition finds a partition by the disk's own table.
func (d disk) partition(t *testing.T, role layout.Role) (offset, size int64) {
	t.Helper()
	head := filepath.Join(t.TempDir(), "head")
	run(t, "qemu-img", "dd", "-f", "qcow2", "-O", "raw", "bs=1M", "count=2", "if="+string(d), "of="+head)
	f, err := os.Open(head)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const anySize = 1 << 60 // what the disk's end says is not looked at
	table, _, err := layout.ReadGPT(f, anySize)
	if err != nil {
		t.Fatal(err)
	}
	want := layout.PartitionFor(role)
	for _, e := range table.Entries {
		if e.Unique == want.Unique {
			return e.First * layout.SectorSize, (e.Last - e.First + 1) * layout.SectorSize
		}
	}
	t.Fatalf("the disk has no partition %s", role)
	return 0, 0
}

// scribble overwrites a part of a partition with nonsense.
func (d disk) scribble(t *testing.T, role layout.Role, at, length int64) {
	t.Helper()
	offset, size := d.partition(t, role)
	length = min(length, size-at)
	run(t, "qemu-io", "-f", "qcow2", "-c", fmt.Sprintf("write -q -P 0x5a %d %d", offset+at, length), string(d))
}

// erase fills a whole partition with zeros, which costs no room on this host.
func (d disk) erase(t *testing.T, role layout.Role) {
	t.Helper()
	offset, size := d.partition(t, role)
	const step = 1 << 30 // qemu-io writes less than 2 GiB at once
	for at := int64(0); at < size; at += step {
		run(t, "qemu-io", "-f", "qcow2", "-c", fmt.Sprintf("write -q -z %d %d", offset+at, min(step, size-at)), string(d))
	}
}

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
}
