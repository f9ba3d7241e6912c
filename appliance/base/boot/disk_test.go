// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"understudy/appliance/layout"
)

// addDisk makes a disk of size bytes in a sysfs and a /dev made of files, with
// partitions named as the kernel names them.
func addDisk(t *testing.T, sys, dev, name string, size int64, partitions ...string) *os.File {
	t.Helper()
	writeFile(t, filepath.Join(sys, "block", name, "size"), fmt.Sprintf("%d\n", size/512))
	for i, p := range partitions {
		writeFile(t, filepath.Join(sys, "block", name, p, "partition"), fmt.Sprintf("%d\n", i+1))
	}
	f, err := os.OpenFile(filepath.Join(dev, name), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFindDisk(t *testing.T) {
	sys, dev := t.TempDir(), t.TempDir()
	if _, _, err := findDisk(sys, dev); !errors.Is(err, errNoDisk) {
		t.Fatalf("without disks: %v", err)
	}
	addDisk(t, sys, dev, "loop0", 1<<20)
	addDisk(t, sys, dev, "sr0", 0)
	blank := addDisk(t, sys, dev, "nvme0n1", 64<<20)
	blank.WriteString("not a partition table")
	if _, _, err := findDisk(sys, dev); !errors.Is(err, errNoDisk) {
		t.Fatalf("with disks of others: %v", err)
	}
	size := layout.ImageSize() + 100<<20
	ours := addDisk(t, sys, dev, "nvme1n1", size, "nvme1n1p1", "nvme1n1p2", "nvme1n1p3", "nvme1n1p4")
	if err := layout.WriteGPT(ours, layout.NewGPT()); err != nil {
		t.Fatal(err)
	}
	d, note, err := findDisk(sys, dev)
	if err != nil || note != "" {
		t.Fatal(err, note)
	}
	want := disk{"nvme1n1", filepath.Join(dev, "nvme1n1"), filepath.Join(dev, "nvme1n1p3"), filepath.Join(dev, "nvme1n1p4")}
	if *d != want {
		t.Errorf("found %+v, want %+v", *d, want)
	}
}

// The second copy is put right while the first one is still good.
func TestFindDiskRepairsTheSecondCopy(t *testing.T) {
	sys, dev := t.TempDir(), t.TempDir()
	size := layout.ImageSize()
	f := addDisk(t, sys, dev, "vda", size, "vda1", "vda2", "vda3", "vda4")
	if err := layout.WriteGPT(f, layout.NewGPT()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, layout.SectorSize), size-layout.SectorSize); err != nil {
		t.Fatal(err)
	}
	if _, note, err := findDisk(sys, dev); err != nil || !strings.Contains(note, "second copy") {
		t.Errorf("a damaged second copy: %q, %v", note, err)
	}
	if _, state, err := layout.ReadGPT(f, size); err != nil || state.Problem() != "" {
		t.Errorf("it was not repaired: %s %v", state.Problem(), err)
	}
	if _, note, err := findDisk(sys, dev); err != nil || note != "" {
		t.Errorf("at the next start: %q, %v", note, err)
	}
}

func TestStretchTable(t *testing.T) {
	sys, dev := t.TempDir(), t.TempDir()
	size := layout.ImageSize() + 1<<30
	f := addDisk(t, sys, dev, "vda", size)
	if err := layout.WriteGPT(f, layout.NewGPT()); err != nil {
		t.Fatal(err)
	}
	e, changed, err := stretchTable(f, size)
	if err != nil || !changed || e.Size() != layout.PartitionFor(layout.State).Size+1<<30 {
		t.Fatalf("grew to %d MiB, changed %v, %v", e.Size()>>20, changed, err)
	}
	if again, changed, err := stretchTable(f, size); err != nil || changed || again != e {
		t.Errorf("again: %+v, changed %v, %v", again, changed, err)
	}
	if _, _, err := stretchTable(f, size/2); err == nil {
		t.Error("a disk that has shrunk was accepted")
	}
}

func TestMissingPartitionNode(t *testing.T) {
	sys, dev := t.TempDir(), t.TempDir()
	f := addDisk(t, sys, dev, "vda", layout.ImageSize(), "vda1", "vda2")
	if err := layout.WriteGPT(f, layout.NewGPT()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := findDisk(sys, dev); err == nil || !strings.Contains(err.Error(), "partition 3") {
		t.Errorf("a partition that the kernel does not know: %v", err)
	}
}

func TestWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	writeFile(t, path, strings.Repeat("\x00", 2*blockBytes))
	if used, err := written(path); used || err != nil {
		t.Errorf("zeros: %v, %v", used, err)
	}
	writeFile(t, path, strings.Repeat("\x00", blockBytes-1)+"x"+strings.Repeat("\x00", blockBytes))
	if used, err := written(path); !used || err != nil {
		t.Errorf("something: %v, %v", used, err)
	}
}

func TestCryptTable(t *testing.T) {
	key := make([]byte, layout.KeySize)
	key[63] = 0xab
	got := string(cryptTable("/dev/vda4", key))
	want := "aes-xts-plain64 " + strings.Repeat("00", 63) + "ab 0 /dev/vda4 0 1 sector_size:4096\x00"
	if got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
	if err := openCrypt("/dev/null", key[:32]); err == nil || !strings.Contains(err.Error(), "32 bytes") {
		t.Errorf("a short key: %v", err)
	}
}

// TestWaitDisk lets a disk appear long after the supervisor began to wait.
func TestWaitDisk(t *testing.T) {
	for _, c := range []struct {
		name          string
		drivers, disk time.Duration // when they are there; zero: never
		found         bool
	}{
		{"at once", time.Second, time.Millisecond, true},
		{"a disk behind the second stage", 10 * time.Second, 7 * time.Second, true},
		{"a machine that is very slow", time.Hour, time.Hour + diskLimit/2, true},
		{"a disk without a driver of the usual kind", time.Second, 2 * time.Second, true},
		{"a disk that answers too late", time.Second, 2 * diskLimit, false},
		{"no disk", time.Second, 0, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			appeared := make(chan struct{}, 1)
			var rest sync.WaitGroup
			defer rest.Wait()
			there := func() bool { return c.disk > 0 && time.Since(begun) >= c.disk }
			if c.disk > 0 {
				rest.Go(func() {
					time.Sleep(c.disk)
					appeared <- struct{}{}
				})
			}
			var second, more atomic.Int32
			err := waitDisk(func() error {
				if there() {
					return nil
				}
				return errNoDisk
			}, appeared,
				func() { time.Sleep(c.drivers / 2) },
				func() { second.Add(1); time.Sleep(c.drivers / 2) },
				func() { more.Add(1) })
			time.Sleep(c.drivers) // a stage that has begun ends
			if (err == nil) != c.found {
				t.Errorf("%s: %v after %v", c.name, err, time.Since(begun))
			}
			if looked := second.Load() == 1; looked != (c.drivers/2 < c.disk || c.disk == 0) {
				t.Errorf("%s: drivers of the second stage asked for %d times", c.name, second.Load())
			}
			if looked := more.Load() == 1; looked != (c.drivers < c.disk || c.disk == 0) {
				t.Errorf("%s: other drivers asked for %d times", c.name, more.Load())
			}
		})
	}
}

// A disk that is there and cannot be used is not said to be missing.
func TestDiskThatCannotBeUsed(t *testing.T) {
	s := newSupervisor(Options{})
	s.diskErr = errNoDisk
	if err := s.checkRecord(); !errors.Is(err, errNoDisk) || sentence(err) != "No disk carries the partitions of an appliance." {
		t.Errorf("no disk: %v", err)
	}
	s.diskErr = errors.New("repairing the partition table of /dev/sda: input/output error")
	if err := s.checkRecord(); !errors.Is(err, errNoDisk) || !strings.Contains(err.Error(), "/dev/sda: input/output error") {
		t.Errorf("a broken disk: %v", err)
	}
}
