// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestUsableSerial(t *testing.T) {
	for in, want := range map[string]string{
		"CZ1234ABCD\n":            "CZ1234ABCD",
		"VMware-56 4d 1a 2b":      "VMware-56-4d-1a-2b",
		"../../etc":               "etc",
		"a/b":                     "a-b",
		"ünï\x00code1":            "ncode1",
		strings.Repeat("ab", 100): strings.Repeat("ab", 32),
		"":                        "",
		"  \n":                    "",
		"None":                    "",
		"To Be Filled By O.E.M.":  "",
		"Default string":          "",
		"System Serial Number":    "",
		"0":                       "",
		"0000000000":              "",
		"xxxxxxxx":                "",
		".........":               "",
	} {
		if got := usableSerial(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestKnownSerial(t *testing.T) {
	sys := t.TempDir()
	if got := knownSerial(sys, "SEED1"); got != "SEED1" {
		t.Errorf("without SMBIOS: %q", got)
	}
	if got := knownSerial(sys, ""); got != "" {
		t.Errorf("without anything: %q", got)
	}
	writeFile(t, filepath.Join(sys, "class/dmi/id/product_serial"), "Not Specified\n")
	if got := knownSerial(sys, "SEED1"); got != "SEED1" {
		t.Errorf("with a placeholder: %q", got)
	}
	writeFile(t, filepath.Join(sys, "class/dmi/id/product_serial"), "B300-0042\n")
	if got := knownSerial(sys, "SEED1"); got != "B300-0042" {
		t.Errorf("with SMBIOS: %q", got)
	}
}

func TestNewSerial(t *testing.T) {
	made := regexp.MustCompile(`^US[0-9A-F]{12}$`)
	if a, b := newSerial(), newSerial(); !made.MatchString(a) || a == b {
		t.Errorf("%q and %q", a, b)
	}
}

func TestNewGUID(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if a, b := newGUID(), newGUID(); !shape.MatchString(a) || a == b {
		t.Errorf("%q, %q", a, b)
	}
}
