// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mount is a file system that a running box needs.
type mount struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

const bare = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// kernelMounts are there before anything else. Sizes bound what a program gone
// wild can take from the memory.
var kernelMounts = []mount{
	{"proc", "/proc", "proc", bare, ""},
	{"sysfs", "/sys", "sysfs", bare, ""},
	{"devtmpfs", "/dev", "devtmpfs", unix.MS_NOSUID | unix.MS_NOEXEC, "mode=0755"},
	{"tmpfs", "/run", "tmpfs", bare, "mode=0755,size=32m"},
	{"tmpfs", SiteRun, "tmpfs", unix.MS_NOSUID | unix.MS_NODEV, "mode=0755,size=96m"}, // what based has verified may run from here
	{"tmpfs", "/tmp", "tmpfs", bare, "mode=1777,size=25%"},
}

// firmwareMount exists only on UEFI and only with its driver loaded.
var firmwareMount = mount{"efivarfs", "/sys/firmware/efi/efivars", "efivarfs", bare, ""}

// espPath is where the EFI system partition is mounted by who needs it.
const espPath = "/esp"

// lostState stands in for the state partition when there is none.
var lostState = mount{"tmpfs", StatePath, "tmpfs", bare, "mode=0755,size=64m"}

// do mounts. The directory is made if it is not there.
func (m mount) do() error {
	if err := os.MkdirAll(m.target, 0o755); err != nil {
		return fmt.Errorf("mounting %s: %w", m.target, err)
	}
	if err := unix.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
		return fmt.Errorf("mounting %s as %s: %w", m.target, m.kind, err)
	}
	return nil
}

// mountKernel mounts everything of kernelMounts that can be mounted.
func mountKernel() error {
	var errs []error
	for _, m := range kernelMounts {
		errs = append(errs, m.do())
	}
	return errors.Join(errs...)
}

// sealRoot makes the root file system read-only. It lives in memory and comes
// from the image; nothing that is written there would last. What may be
// mounted later gets its place before.
func sealRoot() error {
	for _, dir := range []string{StatePath, espPath} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making the root file system read-only: %w", err)
		}
	}
	if err := unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("making the root file system read-only: %w", err)
	}
	return nil
}
