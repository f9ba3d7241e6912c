// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/hwprofiles"
	"understudy/integration/vm"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestSettings(t *testing.T) {
	s, err := readSettings(env())
	if err != nil || s.base != "3.2.4" || s.site != "12.1.4" || s.cut || s.profile.Name != "va-small" || s.firmware != vm.UEFI || s.fresh || s.seed != nil {
		t.Errorf("nothing set: %+v, %v", s, err)
	}
	path := filepath.Join(t.TempDir(), "seed.toml")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err = readSettings(env("BASE", "3.2.4", "PROFILE", "b300", "FIRMWARE", "bios", "FRESH", "1", "SEED", path, "SITE", "none", "NETWORK", "cut"))
	if err != nil || s.base != "3.2.4" || s.profile.Name != "b300" || s.firmware != vm.BIOS || !s.fresh || string(s.seed) != "x" || s.site != noSite || !s.cut {
		t.Errorf("all set: %+v, %v", s, err)
	}
	for _, p := range hwprofiles.All() {
		want := vm.UEFI
		if p.Name == "va-medium" { // has no other
			want = vm.BIOS
		}
		if s, err := readSettings(env("PROFILE", p.Name)); err != nil || s.profile.Name != p.Name || s.firmware != want {
			t.Errorf("only PROFILE=%s set: %+v, %v", p.Name, s, err)
		}
	}
	for want, e := range map[string]func(string) string{
		"PROFILE: ":                         env("PROFILE", "b500"),
		"FIRMWARE=coreboot: va-sm":          env("FIRMWARE", "coreboot"),
		"FIRMWARE=uefi: va-medium boots by": env("PROFILE", "va-medium", "FIRMWARE", "uefi"),
		"FRESH=yes":                         env("FRESH", "yes"),
		"NETWORK=off":                       env("NETWORK", "off"),
		"SITE: BeyondTrust 19.1.1 req":      env("SITE", "19.1.1"),
		"SITE: the catalogue has ":          env("SITE", "13"),
		"SITE: the catalogue has no Base 9": env("SITE", "12.1.4", "BASE", "9"),
		"SEED: ":                            env("SEED", "/no/such/seed"),
	} {
		if _, err := readSettings(e); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}
