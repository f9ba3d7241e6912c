// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// nicModels are QEMU's network cards by the name that a profile uses.
var nicModels = map[string]string{
	"virtio-net": "virtio-net-pci",
	"e1000":      "e1000",
	"e1000e":     "e1000e",
	"vmxnet3":    "vmxnet3",
}

// nicModel finds the card for the i-th network card of a machine.
func (s *Spec) nicModel(i int, driver string) (string, error) {
	if driver == "" && len(s.Profile.NICs) > 0 {
		driver = s.Profile.NICs[min(i, len(s.Profile.NICs)-1)].Driver
	}
	if driver == "" {
		driver = "virtio-net"
	}
	model, ok := nicModels[driver]
	if !ok {
		return "", fmt.Errorf("start %s: QEMU has no network card %q", s.Name, driver)
	}
	return model, nil
}

// mac makes the address of the i-th card from the machine's name, so that it
// is the same at every start and differs between machines.
func (s *Spec) mac(i int) string {
	sum := sha256.Sum256([]byte(s.Name))
	return fmt.Sprintf("52:54:00:%02x:%02x:%02x", sum[0], sum[1], sum[2]&0xf0|byte(i&0x0f))
}

// bus says how a disk hangs on a machine.
type bus struct {
	controller string // QEMU device, empty if each disk is a device of its own
	disk       string // QEMU device of the disk
	port       string // the disk's place on the controller
	noUEFI     bool   // Debian's OVMF has no driver for it
}

// buses are the disk buses by the name that a profile uses.
var buses = map[string]bus{
	"virtio-blk":  {disk: "virtio-blk-pci"},
	"nvme":        {disk: "nvme"},
	"virtio-scsi": {controller: "virtio-scsi-pci", disk: "scsi-hd", port: "hba.0"},
	"pvscsi":      {controller: "pvscsi", disk: "scsi-hd", port: "hba.0", noUEFI: true},
	"ahci":        {controller: "ahci", disk: "ide-hd", port: "hba.%d"},
}

// diskArgs attaches the drives to the bus of the profile's first disk.
func (s *Spec) diskArgs(drives []drive) ([]string, error) {
	name := "virtio-blk"
	if len(s.Profile.Disks) > 0 {
		name = s.Profile.Disks[0].Bus
	}
	b, ok := buses[name]
	if !ok {
		return nil, fmt.Errorf("start %s: QEMU has no disk bus %q", s.Name, name)
	}
	if b.noUEFI && s.Firmware == UEFI {
		return nil, fmt.Errorf("start %s: QEMU's UEFI cannot boot from %s, which %s has; boot it by BIOS", s.Name, name, s.Profile.Name)
	}
	var args []string
	if b.controller != "" && len(drives) > 0 {
		args = append(args, "-device", b.controller+",id=hba")
	}
	for i, d := range drives {
		cache := "writeback"
		if d.throwaway {
			cache = "unsafe" // no fsync on this host; what the guest flushed still survives QEMU
		}
		device := fmt.Sprintf("%s,drive=disk%d,serial=understudy-%d", b.disk, i, i)
		if strings.Contains(b.port, "%d") {
			device += ",bus=" + fmt.Sprintf(b.port, i)
		} else if b.port != "" {
			device += ",bus=" + b.port
		}
		if i == 0 && s.Firmware != Direct {
			device += ",bootindex=0"
		}
		args = append(args,
			"-drive", fmt.Sprintf("if=none,id=disk%d,file=%s,format=%s,cache=%s,discard=unmap", i, comma(d.path), d.format, cache),
			"-device", device)
	}
	return args, nil
}

// watchdogArgs gives the machine its watchdog, by the name of the driver.
func (s *Spec) watchdogArgs() ([]string, error) {
	switch strings.TrimSuffix(s.Profile.Watchdog, "_wdt") {
	case "", "softdog":
		return nil, nil
	case "i6300esb":
		return []string{"-device", "i6300esb"}, nil
	case "iTCO":
		// Part of the q35 chipset; its reset line is not connected by default.
		return []string{"-global", "ICH9-LPC.noreboot=false"}, nil
	}
	return nil, fmt.Errorf("start %s: QEMU has no watchdog %q", s.Name, s.Profile.Watchdog)
}

// comma escapes a value for QEMU's option syntax.
func comma(value string) string { return strings.ReplaceAll(value, ",", ",,") }
