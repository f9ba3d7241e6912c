// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"context"
	"errors"
	"fmt"
	"io"

	"understudy/appliance/layout"
)

// States of an entry.
const (
	Staged = "staged" // written and checked, never to be booted before Arm
	Trial  = "trial"  // may be booted as often as it has tries left; then the last good one is
	Good   = "good"
	Bad    = "bad" // was on trial and has no tries left, or was rejected
)

// MaxTries is how many boots a trial can have. GRUB's script counts no further.
const MaxTries = 2

// Entry is a version from which the box can boot. Two releases are the same
// entry if they have the same Release.ID: that is all that a file's name says.
type Entry struct {
	Release   layout.Release // Build and Built are zero where only a name is known
	State     string
	TriesLeft int // of a trial: boots that it still has, the present one not counted
	Running   bool
}

// Loader is what the box has to do with the program that boots it. Entries are
// compared by Release.ID. Each change is on the disk when its method returns,
// can be repeated, and may be cut off at any point: see the package's
// description. One goroutine at a time may change something.
type Loader interface {
	// Running is what booted, as the loader or the kernel's parameters tell it.
	// ErrUnknown if neither does.
	Running() (Entry, error)

	// Entries lists what this loader can boot, newest version first.
	Entries() ([]Entry, error)

	// Stage writes a release: uki is a verified unified kernel image of size
	// bytes. It takes the place of what was staged, on trial or bad before;
	// progress is called with the bytes written, up to size. After an error
	// nothing of it is left. Errors: *SpaceError, ErrInUse if that release is
	// running or good, ErrOnTrial while the running release is on trial.
	Stage(ctx context.Context, r layout.Release, uki io.Reader, size int64, progress func(int64)) error

	// Fits returns a *SpaceError if Stage would find no room for an image of size
	// bytes. It changes nothing.
	Fits(size int64) error

	// Arm puts a staged or bad release on trial for 1 to MaxTries boots.
	// ErrNotStaged if it is not there; ErrInUse if it is running or good;
	// ErrOlder if systemd-boot would prefer what is good already.
	Arm(r layout.Release, tries int) error

	// Bless makes the running release the good one. ErrNotRunning for others.
	Bless(r layout.Release) error

	// Reject takes the tries that are left from a trial, which may be running:
	// the next boot is the last good release.
	Reject(r layout.Release) error

	// Drop deletes a release. ErrInUse for the running and the last good one;
	// deleting what is not there is no error.
	Drop(r layout.Release) error
}

// Errors that a caller can tell apart.
var (
	ErrUnknown    = errors.New("how this appliance was booted is not known: it was started without its own boot loader")
	ErrInUse      = errors.New("this release is running, or is the one to fall back to")
	ErrOnTrial    = errors.New("the running release is on trial: wait until it has proven itself")
	ErrNotStaged  = errors.New("this release is not on the boot partition")
	ErrNotRunning = errors.New("this release is not the running one")
	ErrOlder      = errors.New("this release is not newer than the good one, which would be booted instead")
)

// SpaceError means that a release does not fit on the boot partition.
type SpaceError struct{ Missing int64 } // bytes, at least

// Error says how much is missing.
func (e *SpaceError) Error() string {
	const mib = layout.MiB
	return fmt.Sprintf("The boot partition is full: %d MiB more are needed. Ask Support: what the appliance can do without there has been counted as free.", (e.Missing+mib-1)/mib)
}

// Options say where the boot loader's things are.
type Options struct {
	ESP      string // directory: the mounted EFI system partition
	Firmware string // "uefi" or "bios", as layout.MetaBoot has it
	Cmdline  string // the kernel's parameters
	EFIVars  string // directory: efivarfs

	// Free is the space left on the ESP in bytes. Nil asks the kernel.
	Free func() (int64, error)

	// Step is called before each single change of the ESP with what it is. An
	// error ends the operation there, as a power cut would. May be nil.
	Step func(change string) error
}

// Open returns the loader of this boot: systemd-boot on UEFI, GRUB on BIOS.
func Open(esp, firmware, cmdline, efivars string) (Loader, error) {
	return OpenWith(Options{ESP: esp, Firmware: firmware, Cmdline: cmdline, EFIVars: efivars})
}

// OpenWith is Open with all options.
func OpenWith(o Options) (Loader, error) {
	if o.Free == nil {
		o.Free = func() (int64, error) { return freeSpace(o.ESP) }
	}
	if o.Step == nil {
		o.Step = func(string) error { return nil }
	}
	e := esp{dir: o.ESP, free: o.Free, step: o.Step}
	switch o.Firmware {
	case "uefi":
		return &sdboot{esp: e, efivars: o.EFIVars}, nil
	case "bios":
		return &grub{esp: e, cmdline: o.Cmdline}, nil
	}
	return nil, fmt.Errorf("%w (firmware %.20q)", ErrUnknown, o.Firmware)
}
