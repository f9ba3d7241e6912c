// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"slices"
	"strings"
	"testing"

	"understudy/hwprofiles"
)

// TestEveryProfileIsAMachine boots each model by BIOS from its own bus, and
// lets QEMU build the machine for UEFI.
func TestEveryProfileIsAMachine(t *testing.T) {
	for _, p := range hwprofiles.All() {
		t.Run(p.Name, func(t *testing.T) {
			spec := Spec{Name: p.Name, Artifacts: echoImage(t), Room: noWait, Profile: p, MemMiB: 256, Serial: "US-1, two"}
			m := StartT(t, spec)
			if slices.Contains(p.Firmware, "bios") {
				m.Expect(t, "^ready$")
			}
			cards, err := m.humanCommand(m.Within(t, answerLimit), "info network")
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(cards, "type=nic"); n != len(p.NICs) {
				t.Errorf("%d network cards, want %d:\n%s", n, len(p.NICs), cards)
			}
			disks, err := m.humanCommand(m.Within(t, answerLimit), "info block")
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(disks, "disk.qcow2 (qcow2)") + strings.Count(disks, "disk2.qcow2 (qcow2)"); n != len(p.Disks) {
				t.Errorf("%d disks, want %d:\n%s", n, len(p.Disks), disks)
			}
			m.Close()

			spec.Firmware, spec.SeedVolume, spec.Seed = UEFI, true, []byte("hostname = \"a\"")
			if p.Disks[0].Bus == "pvscsi" {
				if _, err := Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "boot it by BIOS") {
					t.Errorf("UEFI without a driver for the disk: %v", err)
				}
				return
			}
			uefi := StartT(t, spec)
			if s := uefi.Spec(); s.machine() != "q35" {
				t.Error("UEFI on a board without PCI Express")
			}
		})
	}
}

func TestSpecsThatCannotBe(t *testing.T) {
	image := echoImage(t)
	for want, spec := range map[string]Spec{
		"no name":           {Artifacts: image},
		"none of bios":      {Name: "x", Artifacts: image, Firmware: "coreboot"},
		"needs a disk":      {Name: "x"},
		"needs a kernel":    {Name: "x", Firmware: Direct},
		"network card":      {Name: "x", Artifacts: image, NICs: []NIC{{Driver: "token-ring"}}},
		"disk bus":          {Name: "x", Artifacts: image, Profile: hwprofiles.Profile{Disks: []hwprofiles.Disk{{Bus: "mfm"}}}},
		"no watchdog":       {Name: "x", Artifacts: image, Profile: hwprofiles.Profile{Watchdog: "cat"}},
		"no such file":      {Name: "x", Artifacts: image, ExtraDisks: []string{"/no/such/disk"}},
		"QEMU said: qemu-s": {Name: "x", Artifacts: image, UserNet: "nonsense"},
	} {
		spec.Dir, spec.Room = t.TempDir(), noWait
		m, err := Start(t.Context(), spec)
		if err == nil {
			m.Close()
			t.Errorf("%s: started", want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
}
