// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"understudy/appliance/layout"
)

// MountPoint is where a box mounts its EFI system partition while it changes
// something there.
const MountPoint = "/run/understudy/esp"

// lookName begins the names of the places where somebody looks.
const lookName = "look-"

// ErrNoESP means that no disk carries the boot partition of an appliance.
var ErrNoESP = errors.New("no disk carries the boot partition of an appliance")

// mountData are vfat's options. A directory entry that is damaged must not make
// the partition read-only, since the next update is what repairs it.
const mountData = "umask=0077,errors=continue"

// Mount mounts the box's EFI system partition at MountPoint, for writing, and
// returns what takes it away again: a partition that is not mounted cannot be
// damaged. Names reach the disk in the order in which they are changed.
func Mount() (unmount func() error, err error) {
	if err := os.MkdirAll(MountPoint, 0o700); err != nil {
		return nil, fmt.Errorf("mounting the boot partition: %w", err)
	}
	return mount(MountPoint, unix.MS_NOATIME|unix.MS_DIRSYNC)
}

// MountToLook mounts it at a place of its own, dir, without writing a byte. The
// error is unix.EBUSY while it is mounted for writing, and Mount's is that
// while somebody looks.
func MountToLook() (dir string, unmount func() error, err error) {
	failed := func(err error) error { return fmt.Errorf("looking at the boot partition: %w", err) }
	if dir, err = os.MkdirTemp(filepath.Dir(MountPoint), lookName); err != nil {
		return "", nil, failed(err)
	}
	away, err := mount(dir, unix.MS_RDONLY)
	if err != nil {
		return "", nil, errors.Join(failed(err), os.Remove(dir))
	}
	return dir, func() error { return errors.Join(away(), os.Remove(dir)) }, nil
}

// TakeAway takes away what a program that was killed has left mounted: while
// somebody looks nobody could mount the partition for writing, nor does the
// kernel mount it twice at one place.
func TakeAway() error { return takeAway(MountPoint) }

func takeAway(mountPoint string) error {
	left, err := filepath.Glob(filepath.Join(filepath.Dir(mountPoint), lookName+"*"))
	for _, dir := range append(left, mountPoint) {
		gone := unix.Unmount(dir, 0)
		switch {
		case errors.Is(gone, unix.ENOENT):
			continue
		case gone != nil && !errors.Is(gone, unix.EINVAL): // EINVAL: it is not mounted
			err = errors.Join(err, fmt.Errorf("unmounting the boot partition at %s: %w", dir, gone))
			continue
		}
		err = errors.Join(err, os.Remove(dir))
	}
	return err
}

func mount(dir string, flags uintptr) (unmount func() error, err error) {
	device, err := findESP("/sys", "/dev")
	if err != nil {
		return nil, err
	}
	if err := unix.Mount(device, dir, "vfat", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|flags, mountData); err != nil {
		return nil, fmt.Errorf("mounting the boot partition %s: %w", device, err)
	}
	return func() error {
		if err := unix.Unmount(dir, 0); err != nil {
			return fmt.Errorf("unmounting the boot partition: %w", err)
		}
		return nil
	}, nil
}

// findESP returns the device of the ESP on the first disk that has all of an
// appliance's partitions, as the kernel lists disks in sys.
func findESP(sys, dev string) (string, error) {
	sizes, err := filepath.Glob(filepath.Join(sys, "block", "*", "size"))
	if err != nil {
		return "", err
	}
	for _, path := range sizes {
		disk := filepath.Base(filepath.Dir(path))
		sectors, err := readNumber(path)
		if err != nil || sectors == 0 {
			continue
		}
		table, err := readTable(filepath.Join(dev, disk), sectors*layout.SectorSize)
		if err != nil {
			continue // of somebody else, or none
		}
		e, ok := table.Find(layout.ESP)
		if _, ours := table.Find(layout.MetaArea); !ok || !ours {
			continue
		}
		return partition(sys, dev, disk, int64(e.Index))
	}
	return "", ErrNoESP
}

func readTable(path string, size int64) (layout.GPT, error) {
	f, err := os.Open(path)
	if err != nil {
		return layout.GPT{}, err
	}
	defer f.Close()
	table, _, err := layout.ReadGPT(f, size)
	return table, err
}

// partition is the device of a disk's partition with a number.
func partition(sys, dev, disk string, number int64) (string, error) {
	files, err := filepath.Glob(filepath.Join(sys, "block", disk, "*", "partition"))
	if err != nil {
		return "", err
	}
	for _, f := range files {
		if n, err := readNumber(f); err == nil && n == number {
			return filepath.Join(dev, filepath.Base(filepath.Dir(f))), nil
		}
	}
	return "", fmt.Errorf("the kernel does not know partition %d of disk %s", number, disk)
}

func readNumber(path string) (int64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
}
