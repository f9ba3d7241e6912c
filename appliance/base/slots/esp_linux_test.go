// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"understudy/appliance/layout"
)

// addDisk makes a disk in a sysfs and a /dev made of files.
func addDisk(t *testing.T, sys, dev, name string, size int64, partitions ...string) *os.File {
	t.Helper()
	put := func(path, text string) {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	put(filepath.Join(sys, "block", name, "size"), fmt.Sprintf("%d\n", size/512))
	for i, p := range partitions {
		put(filepath.Join(sys, "block", name, p, "partition"), fmt.Sprintf("%d\n", i+1))
	}
	f, err := os.Create(filepath.Join(dev, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFindESP(t *testing.T) {
	sys, dev := t.TempDir(), t.TempDir()
	addDisk(t, sys, dev, "sda", 64<<20, "sda1")
	addDisk(t, sys, dev, "sr0", 0)
	if got, err := findESP(sys, dev); !errors.Is(err, ErrNoESP) {
		t.Fatalf("on disks of others: %s, %v", got, err)
	}
	ours := addDisk(t, sys, dev, "nvme0n1", layout.ImageSize(), "nvme0n1p1", "nvme0n1p2", "nvme0n1p3", "nvme0n1p4")
	if err := layout.WriteGPT(ours, layout.NewGPT()); err != nil {
		t.Fatal(err)
	}
	if got, err := findESP(sys, dev); err != nil || got != filepath.Join(dev, "nvme0n1p2") {
		t.Errorf("the boot partition is %s, %v", got, err)
	}
	if err := os.RemoveAll(filepath.Join(sys, "block", "nvme0n1", "nvme0n1p2")); err != nil {
		t.Fatal(err)
	}
	if got, err := findESP(sys, dev); err == nil {
		t.Errorf("a partition that the kernel does not know: %s", got)
	}
}

// A program that was killed leaves mounted what it had mounted, and the next one
// takes it away, wherever it is.
func TestWhatAKilledProgramHasMounted(t *testing.T) {
	dir := t.TempDir()
	if err := takeAway(filepath.Join(dir, "esp")); err != nil {
		t.Errorf("with nothing there: %v", err)
	}
	for _, name := range []string{"esp", lookName + "1", lookName + "2"} {
		at := filepath.Join(dir, name)
		if err := os.Mkdir(at, 0o700); err != nil {
			t.Fatal(err)
		}
		if name == lookName+"2" {
			continue // killed before it had mounted it
		}
		if err := unix.Mount("understudy-test", at, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=64k"); err != nil {
			t.Fatalf("mounting needs root, and is what this test is about: %v", err)
		}
		t.Cleanup(func() { _ = unix.Unmount(at, unix.MNT_DETACH) })
	}
	if err := takeAway(filepath.Join(dir, "esp")); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left are %v (%v)", left, err)
	}
}
