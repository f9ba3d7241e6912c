// SPDX-License-Identifier: Apache-2.0

package hwprofiles

import (
	"errors"
	"strings"
	"testing"
)

func TestAllProfilesLoad(t *testing.T) {
	if _, err := load(); err != nil {
		t.Fatal(err)
	}
	files, err := models.ReadDir("models")
	if err != nil {
		t.Fatal(err)
	}
	all := All()
	if len(all) != 6 || len(files) != len(all) {
		t.Fatalf("%d profiles from %d files, want 6", len(all), len(files))
	}
	for _, p := range all {
		got, err := ByName(p.Name)
		if err != nil || got.Model != p.Model {
			t.Errorf("ByName(%s) = %+v, %v", p.Name, got, err)
		}
		if p.Recommended.CPUs > p.CPUs || p.Recommended.MemoryMiB > p.MemoryMiB || p.Recommended.DiskGiB > p.Disks[0].SizeGiB {
			t.Errorf("%s as delivered is below its own recommendation", p.Name)
		}
	}
}

// A virtual and a hardware model must not prove the same drivers twice.
func TestHardwareDiffersFromVirtual(t *testing.T) {
	buses, cards := map[string]bool{}, map[string]bool{}
	for _, p := range All() {
		if p.Kind == Virtual {
			buses[p.Disks[0].Bus], cards[p.NICs[0].Driver] = true, true
			continue
		}
		if buses[p.Disks[0].Bus] || cards[p.NICs[0].Driver] {
			t.Errorf("%s has bus %s and card %s, as a virtual model has", p.Name, p.Disks[0].Bus, p.NICs[0].Driver)
		}
	}
}

func TestUnknownProfile(t *testing.T) {
	for _, name := range []string{"", "b500", "../va-small", "B300"} {
		if _, err := ByName(name); !errors.Is(err, ErrUnknown) {
			t.Errorf("ByName(%q): %v", name, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good, err := models.ReadFile("models/b300.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"other name", `name = "b300"`, `name = "b301"`, "name is"},
		{"no model", `model = "B300"`, `model = ""`, "no model"},
		{"kind", `"hardware"`, `"metal"`, "kind is"},
		{"cpus", "cpus = 4", "cpus = 0", "too few"},
		{"bus", `bus = "ahci"`, `bus = "scsi"`, "unknown bus"},
		{"small disk", "size_gib = 1000", "size_gib = 1", "disk of 1 GiB"},
		{"card", `driver = "e1000e"`, `driver = "ne2000"`, "unknown network card"},
		{"firmware", `"uefi", "bios"`, `"efi"`, "unknown firmware"},
		{"no driver", `"ahci", `, "", "driver ahci is missing"},
		{"watchdog", `watchdog = "iTCO_wdt"`, `watchdog = "dog"`, "not among the drivers"},
		{"unknown entry", "cpus = 4", "cpus = 4\ncolour = 1", "unknown entry colour"},
		{"type", "cpus = 4", `cpus = "4"`, "incompatible types"},
		{"cheap hash", "memory_kib = 65536", "memory_kib = 8", "too cheap"},
		{"advice", "disk_gib = 1000", "disk_gib = 0", "nothing recommended"},
	} {
		text := strings.Replace(string(good), c.old, c.new, 1)
		if text == string(good) {
			t.Fatalf("%s: nothing to replace", c.name)
		}
		if _, err := parse("b300", []byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
