// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	if err != nil || s.base != "3.3.2" || s.profile.Name != "va-small" || s.firmware != vm.UEFI || s.fresh || s.seed != nil {
		t.Errorf("nothing set: %+v, %v", s, err)
	}
	path := filepath.Join(t.TempDir(), "seed.toml")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err = readSettings(env("BASE", "3.2.4", "PROFILE", "b300", "FIRMWARE", "bios", "FRESH", "1", "SEED", path))
	if err != nil || s.base != "3.2.4" || s.profile.Name != "b300" || s.firmware != vm.BIOS || !s.fresh || string(s.seed) != "x" {
		t.Errorf("all set: %+v, %v", s, err)
	}
	for want, e := range map[string]func(string) string{
		"PROFILE: ":                env("PROFILE", "b500"),
		"FIRMWARE=coreboot: va-sm": env("FIRMWARE", "coreboot"),
		"FRESH=yes":                env("FRESH", "yes"),
		"SEED: ":                   env("SEED", "/no/such/seed"),
	} {
		if _, err := readSettings(e); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}
