// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"understudy/appliance/layout"
	"understudy/bootimg"
	"understudy/hwprofiles"
)

// Firmware is how a machine comes to its kernel.
type Firmware string

const (
	BIOS   Firmware = "bios"   // SeaBIOS, from the disk
	UEFI   Firmware = "uefi"   // OVMF, from the disk
	Direct Firmware = "direct" // QEMU loads kernel and initramfs itself: quickest
)

// Spec describes a machine. Only Name and what it boots from must be given;
// everything else follows from the profile.
type Spec struct {
	Name      string // for logs, MAC addresses and the seconds in boots.jsonl
	Artifacts bootimg.Artifacts
	Profile   hwprofiles.Profile
	Firmware  Firmware // BIOS if empty

	CPUs   int // 0: from the profile, at most what the host has
	MemMiB int // 0: from the profile, at most half of what the host has

	DiskGiB    int      // 0: from the profile
	DiskPath   string   // a disk that is kept: copied from the image if it is missing, used as it is if not
	DiskURL    string   // a raw disk that a server of the test has, as QEMU names it, instead of one made here
	ExtraDisks []string // raw or qcow2 images, on the bus of the first disk

	Seed       []byte // first-boot seed, by fw_cfg
	SeedVolume bool   // by a FAT volume on a disk of its own instead

	Isolated bool      // the guest reaches neither this host nor what is beyond; forwards work
	Forwards []Forward // a forward to guest port 443 is added if there is none
	UserNet  string    // network of the first NIC, 10.0.2.0/24 if empty
	NICs     []NIC     // more NICs, after the first
	Append   string    // kernel command line, for Direct only; that of the image if empty

	Serial    string    // SMBIOS serial number; none if empty
	Clock     time.Time // what the machine's clock says at power-on; now if zero
	TPMSocket string    // control socket of a running swtpm; no TPM if empty

	Room *Reservation // that the machine takes a place of; nil: it waits for one of its own
	Dir  string       // logs, disks; under build/vm if empty

	caller      // who is counted for the boot
	ownDir bool // Dir was made here
}

// Forward opens a port of this host, on 127.0.0.1, that leads into the guest
// through its first NIC.
type Forward struct {
	Guest     int    // TCP port in the guest
	GuestAddr string // address in the guest; the one that DHCP gives if empty
	Host      int    // port on this host; a free one if 0
}

// NIC is a network card beside the first one.
type NIC struct {
	Driver string // as in a profile; that of the profile's next NIC if empty
	MAC    string // made from the machine's name if empty
	Wire   Wire   // what the cable leads to; nil: nothing
}

// Wire is a socket in the wall. A netlab port is one.
type Wire interface {
	// Attach gives the guest's end of a datagram socket pair.
	Attach() (*os.File, error)
}

// complete fills in what follows from profile and host, and makes Dir.
func (s *Spec) complete() error {
	if s.Name == "" {
		return fmt.Errorf("start a machine: it has no name")
	}
	if s.Firmware == "" {
		s.Firmware = BIOS
	}
	switch s.Firmware {
	case BIOS, UEFI:
		if s.Artifacts.Raw == "" && s.DiskPath == "" && s.DiskURL == "" {
			return fmt.Errorf("start %s: booting by %s needs a disk image", s.Name, s.Firmware)
		}
	case Direct:
		if s.Artifacts.Kernel == "" {
			return fmt.Errorf("start %s: booting directly needs a kernel", s.Name)
		}
		if s.Append == "" {
			s.Append = layout.KernelCmdline
		}
	default:
		return fmt.Errorf("start %s: firmware %q is none of bios, uefi, direct", s.Name, s.Firmware)
	}
	host, err := hostMemMiB()
	if err != nil {
		return fmt.Errorf("start %s: %w", s.Name, err)
	}
	if s.CPUs == 0 {
		s.CPUs = min(max(s.Profile.CPUs, 1), runtime.NumCPU())
	}
	if s.MemMiB == 0 {
		s.MemMiB = min(max(s.Profile.MemoryMiB, 512), host/2)
	}
	return s.completeFiles()
}

func (s *Spec) completeFiles() error {
	if s.Dir == "" {
		build, err := BuildDir()
		if err != nil {
			return fmt.Errorf("start %s: %w", s.Name, err)
		}
		root := filepath.Join(build, "vm")
		if err := os.MkdirAll(root, 0o755); err != nil {
			return fmt.Errorf("start %s: %w", s.Name, err)
		}
		if s.Dir, err = os.MkdirTemp(root, s.Name+"-"); err != nil {
			return fmt.Errorf("start %s: %w", s.Name, err)
		}
		s.ownDir = true
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("start %s: %w", s.Name, err)
	}
	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		return fmt.Errorf("start %s: %w", s.Name, err)
	}
	s.Dir = dir
	for _, f := range s.Forwards {
		if f.Guest == 443 && f.GuestAddr == "" {
			return nil
		}
	}
	s.Forwards = append([]Forward{{Guest: 443}}, s.Forwards...)
	return nil
}
