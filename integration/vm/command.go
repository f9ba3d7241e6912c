// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"understudy/hwprofiles"
)

const qemuProgram = "qemu-system-x86_64"

// firstFD is the descriptor that the first handed-over file gets in QEMU.
const firstFD = 3

// command is how a machine is started.
type command struct {
	args  []string   // for us
	files []*os.File // descriptors from firstFD on; whoever starts it closes them
	hand  []string   // for a person: console on the terminal, no monitor
}

// both adds what is the same for us and for a person.
func (c *command) both(args ...string) {
	c.args = append(c.args, args...)
	c.hand = append(c.hand, args...)
}

// pass adds a file and gives the number that QEMU knows it by.
func (c *command) pass(f *os.File) int {
	c.files = append(c.files, f)
	return firstFD + len(c.files) - 1
}

func (c *command) close() {
	for _, f := range c.files {
		f.Close()
	}
}

// emulated is the processor without acceleration. It is the least: what a newer
// one has besides costs more to emulate than it saves, but for the instructions
// for AES, by which a machine with an encrypted disk works a twentieth less. (Go
// does not use them for TLS without another for GCM, which would be slower than
// what it does then.) The model is an early one because Linux copies and clears
// memory with "rep" instructions on later ones, and those are emulated slowly: a
// start takes a twentieth longer.
const emulated = "qemu64,model=4,stepping=0,+aes"

// command puts the machine together. Serial port and monitor are sockets that
// are open already.
func (s *Spec) command(ctx context.Context, accel Accelerator, serial, qmp *os.File) (*command, error) {
	c := &command{}
	c.args = append(c.args,
		"-chardev", fmt.Sprintf("socket,id=serial,fd=%d", c.pass(serial)), "-serial", "chardev:serial",
		"-chardev", fmt.Sprintf("socket,id=qmp,fd=%d", c.pass(qmp)), "-mon", "chardev=qmp,mode=control")
	c.hand = append(c.hand, "-serial", "mon:stdio")
	cpu := emulated
	if accel.Name == "kvm" {
		cpu = "host"
	}
	c.both("-name", comma(s.Name), "-accel", accel.Name, "-machine", s.machine(), "-cpu", cpu,
		"-smp", fmt.Sprint(s.CPUs), "-m", fmt.Sprint(s.MemMiB),
		"-nodefaults", "-display", "none", "-device", "VGA", "-action", "watchdog=reset", "-boot", "menu=off")
	for _, part := range []func(context.Context, *command) error{
		s.boot, s.disks, s.firstNIC, s.moreNICs, s.identity, s.extras,
	} {
		if err := part(ctx, c); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

// machine is the board: a PC of the PCI Express age for UEFI and for hardware
// profiles, else the older one, which has fewer devices to wait for.
func (s *Spec) machine() string {
	if s.Firmware != UEFI && s.Profile.Kind != hwprofiles.Hardware {
		return "pc"
	}
	return "q35"
}

// boot adds firmware, or kernel and initramfs.
func (s *Spec) boot(ctx context.Context, c *command) error {
	switch s.Firmware {
	case UEFI:
		vars := filepath.Join(s.Dir, "uefi-vars.fd")
		if err := keepVars(vars); err != nil {
			return err
		}
		c.both("-drive", "if=pflash,unit=0,format=raw,readonly=on,file="+ovmfCode,
			"-drive", "if=pflash,unit=1,format=raw,file="+comma(vars))
	case Direct:
		kernel, err := unpackKernel(ctx, s.Artifacts.Kernel)
		if err != nil {
			return err
		}
		c.both("-kernel", kernel, "-append", s.Append)
		if s.Artifacts.Initrd != "" {
			c.both("-initrd", s.Artifacts.Initrd)
		}
	}
	return nil
}

func (s *Spec) disks(ctx context.Context, c *command) error {
	drives, err := s.drives(ctx)
	if err != nil {
		return err
	}
	args, err := s.diskArgs(drives)
	if err != nil {
		return err
	}
	c.both(args...)
	return nil
}

// firstNIC is the one with forwards from this host. It has no boot ROM:
// looking for a boot server costs seconds.
func (s *Spec) firstNIC(_ context.Context, c *command) error {
	model, err := s.nicModel(0, "")
	if err != nil {
		return err
	}
	net := "user,id=" + userNet
	if s.UserNet != "" {
		net += ",net=" + s.UserNet
	}
	if s.Isolated {
		net += ",restrict=on"
	}
	for _, f := range s.Forwards {
		net += ",hostfwd=" + f.rule()
	}
	c.both("-netdev", net, "-device", fmt.Sprintf("%s,netdev=%s,mac=%s,romfile=", model, userNet, s.mac(0)))
	return nil
}

// moreNICs adds those of the Spec and whatever the profile has beyond them;
// the cable of a card without a wire is not plugged in.
func (s *Spec) moreNICs(_ context.Context, c *command) error {
	nics := append([]NIC(nil), s.NICs...)
	for len(nics)+1 < len(s.Profile.NICs) {
		nics = append(nics, NIC{})
	}
	for i, n := range nics {
		model, err := s.nicModel(i+1, n.Driver)
		if err != nil {
			return err
		}
		if n.MAC == "" {
			n.MAC = s.mac(i + 1)
		}
		device := []string{"-device", fmt.Sprintf("%s,netdev=lan%d,mac=%s,romfile=", model, i+1, n.MAC)}
		// For a person, and without a wire, the card leads to a hub alone.
		backend := fmt.Sprintf("hubport,id=lan%d,hubid=%d", i+1, i+1)
		c.hand = append(append(c.hand, "-netdev", backend), device...)
		if n.Wire != nil {
			file, err := n.Wire.Attach()
			if err != nil {
				return fmt.Errorf("start %s: %w", s.Name, err)
			}
			backend = fmt.Sprintf("dgram,id=lan%d,local.type=fd,local.str=%d", i+1, c.pass(file))
		}
		c.args = append(append(c.args, "-netdev", backend), device...)
	}
	return nil
}

// identity is what the guest reads about the machine: SMBIOS and the seed.
func (s *Spec) identity(_ context.Context, c *command) error {
	smbios := "type=1,manufacturer=Understudy"
	if s.Profile.Model != "" {
		smbios += ",product=" + comma(s.Profile.Model)
	}
	if s.Serial != "" {
		smbios += ",serial=" + comma(s.Serial)
	}
	c.both("-smbios", smbios)
	if s.Seed == nil || s.SeedVolume {
		return nil
	}
	path := filepath.Join(s.Dir, "seed.toml")
	if err := os.WriteFile(path, s.Seed, 0o600); err != nil {
		return fmt.Errorf("start %s: write the seed: %w", s.Name, err)
	}
	c.both("-fw_cfg", "name=opt/understudy/seed,file="+comma(path))
	return nil
}

func (s *Spec) extras(_ context.Context, c *command) error {
	dog, err := s.watchdogArgs()
	if err != nil {
		return err
	}
	c.both(dog...)
	if s.Profile.Kind != hwprofiles.Hardware {
		c.both("-device", "virtio-rng-pci")
	}
	if !s.Clock.IsZero() {
		c.both("-rtc", "base="+s.Clock.UTC().Format("2006-01-02T15:04:05"))
	}
	if s.TPMSocket != "" {
		c.both("-chardev", "socket,id=tpm,path="+comma(s.TPMSocket),
			"-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm0")
	}
	return nil
}

// shell writes the command for a person, one option a line.
func (c *command) shell() string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n# Starts the same machine with its console on this terminal.\nexec " + qemuProgram)
	for _, a := range c.hand {
		if strings.HasPrefix(a, "-") {
			b.WriteString(" \\\n ")
		}
		b.WriteString(" '" + strings.ReplaceAll(a, "'", `'\''`) + "'")
	}
	b.WriteString("\n")
	return b.String()
}
