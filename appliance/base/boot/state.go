// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// stateMount is the state as based sees it. An error of the disk makes it
// read-only instead of spreading.
var stateMount = mount{cryptNode, StatePath, "ext4", bare | unix.MS_NOATIME, "errors=remount-ro"}

// blockBytes is the block size of the state's file system.
const blockBytes = 4096

// ioctlResize is EXT4_IOC_RESIZE_FS: _IOW('f', 16, __u64).
const ioctlResize = 0x40086610

// mountState mounts the open state.
func mountState() error { return stateMount.do() }

// unmountState takes it away again. One that someone still uses is made
// read-only, which writes everything out just as well.
func unmountState() error {
	err := unix.Unmount(StatePath, 0)
	if err == nil || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
		return nil
	}
	if ro := unix.Mount("", StatePath, "", unix.MS_REMOUNT|unix.MS_RDONLY|bare, ""); ro != nil {
		return fmt.Errorf("closing %s: %w, and it could not be made read-only: %w", StatePath, err, ro)
	}
	return fmt.Errorf("closing %s: %w; it was made read-only", StatePath, err)
}

// growState lets the mounted file system fill its device. One that does
// already is left alone, and one that was interrupted goes on.
func growState() error {
	size, err := deviceSize(cryptNode)
	if err != nil {
		return fmt.Errorf("growing the state: %w", err)
	}
	dir, err := os.Open(StatePath)
	if err != nil {
		return fmt.Errorf("growing the state: %w", err)
	}
	defer dir.Close()
	blocks := uint64(size / blockBytes)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, dir.Fd(), ioctlResize, uintptr(unsafe.Pointer(&blocks))); errno != 0 {
		return fmt.Errorf("growing the state to %d MiB: %w", size>>20, errno)
	}
	return nil
}

// written reports whether anything was ever written to a device: encrypted
// data has no zeros at its start, a partition of a fresh image nothing else.
func written(device string) (bool, error) {
	f, err := os.Open(device)
	if err != nil {
		return false, fmt.Errorf("looking at the state partition: %w", err)
	}
	defer f.Close()
	b := make([]byte, blockBytes)
	if _, err := f.ReadAt(b, 0); err != nil {
		return false, fmt.Errorf("looking at the state partition: %w", err)
	}
	for _, c := range b {
		if c != 0 {
			return true, nil
		}
	}
	return false, nil
}
