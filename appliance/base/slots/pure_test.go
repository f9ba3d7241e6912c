// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The order is that of the UAPI version format specification.
func TestCompareVersions(t *testing.T) {
	ordered := []string{"~1", "", "1~rc1", "1", "1-1", "1-2", "1^1", "1.1", "1.1-7", "1.1-10", "1.1.1", "1.2", "3.3.2-1", "3.10.0-1", "3.10.1-1", "10.0-1"}
	for i, a := range ordered {
		for j, b := range ordered {
			want := min(max(i-j, -1), 1)
			if got := compareVersions(a, b); got != want {
				t.Errorf("%q against %q: %d, want %d", a, b, got, want)
			}
		}
	}
	if compareVersions("3.03", "3.3") != 0 || compareVersions("1_2", "1+2") != 0 || compareVersions("1.b", "1.a") != 1 || compareVersions("1.1", "1.a") != 1 {
		t.Error("zeros in front, invalid characters or words")
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]ukiName{
		"understudy-3.3.2-1.efi":       {id: "3.3.2-1", ext: ".efi"},
		"UNDERSTUDY-3.3.2-1.EFI":       {id: "3.3.2-1", ext: ".efi"},
		"understudy-3.3.2-12+2.efi":    {id: "3.3.2-12", ext: ".efi", counted: true, left: 2},
		"understudy-3.3.2-12+0-13.efi": {id: "3.3.2-12", ext: ".efi", counted: true, done: 13},
		"understudy-3.3.2-1.staged":    {id: "3.3.2-1", ext: ".staged"},
		"understudy-3.3.2-1.part":      {id: "3.3.2-1", ext: ".part"},
	} {
		got, ok := parseUKIName(name)
		if !ok || got != want {
			t.Errorf("%s: %+v", name, got)
		}
		if got.String() != strings.ToLower(name) {
			t.Errorf("%s becomes %s", name, got)
		}
	}
	for _, name := range []string{"", "understudy-3.3.2.efi", "understudy-3.3.2-1+2.staged", "understudy-3.3.2-1+.efi", "understudy-3.3.2-1+2-.efi", "other-3.3.2-1.efi", "understudy-3.3.2-1.efi.bak", "understudy-../3-1.efi"} {
		if n, ok := parseUKIName(name); ok {
			t.Errorf("%q is taken for %+v", name, n)
		}
	}
}

func TestGrubEnv(t *testing.T) {
	env := grubEnv{"good": "b", "trial": "", "odd": `a\b`}
	b, err := env.encode()
	if err != nil || len(b) != 1024 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	back, err := parseGrubEnv(b)
	if err != nil || len(back) != 3 || back["good"] != "b" || back["odd"] != `a\b` {
		t.Errorf("%v, %v", back, err)
	}
	for name, bad := range map[string][]byte{"empty": nil, "zeros": make([]byte, 1024), "short": b[:512], "long": append(b, '#')} {
		if _, err := parseGrubEnv(bad); !errors.Is(err, errGrubEnv) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A write that is torn between two sectors leaves all old or all new values.
	if tail := string(b[512:]); tail != strings.Repeat("#", 512) {
		t.Errorf("second sector: %q", tail)
	}
	env["long"] = strings.Repeat("x", 600)
	if _, err := env.encode(); err == nil {
		t.Error("variables larger than a sector were accepted")
	}
}

// GRUB's own tool reads what we write, and we what it writes.
func TestGrubEnvIsGRUBs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grubenv")
	b, err := grubEnv{"good": "b", "trial": "a", "state_a": slotArmed}.encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"set", "tries=1"}, {"unset", "trial"}, {"list"}} {
		out, err := exec.CommandContext(t.Context(), "grub-editenv", append([]string{path}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("grub-editenv %q: %v\n%s", args, err, out)
		}
		if args[0] == "list" && string(out) != "good=b\nstate_a=armed\ntries=1\n" {
			t.Errorf("GRUB reads %q", out)
		}
	}
	if b, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	if env, err := parseGrubEnv(b); err != nil || !maps.Equal(env, grubEnv{"good": "b", "state_a": slotArmed, "tries": "1"}) {
		t.Errorf("we read %v, %v", env, err)
	}
}

func FuzzOpenUKI(f *testing.F) {
	f.Add([]byte("MZ"))
	f.Add(append(make([]byte, 0x3c), 0x40, 0, 0, 0, 'P', 'E', 0, 0, 0x64, 0x86, 1, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		u, err := openUKI(bytes.NewReader(b), int64(len(b)))
		if err == nil && (u.linux.Size() > int64(len(b)) || u.initrd.Size() > int64(len(b))) {
			t.Errorf("sections are larger than the file of %d bytes", len(b))
		}
	})
}
