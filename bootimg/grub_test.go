// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/appliance/layout"
)

func TestGrubStages(t *testing.T) {
	dir := t.TempDir()
	boot, core := filepath.Join(dir, "boot.img"), filepath.Join(dir, "core.img")
	write := func(path string, n int) {
		t.Helper()
		if err := os.WriteFile(path, bytes.Repeat([]byte{0xcc}, n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(boot, 512)
	write(core, 3*512+1)
	code, patched, err := grubStages(boot, core, 2048)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	if got := le.Uint64(code[bootKernelSector:]); got != 2048 || code[bootDriveCheck] != nop || code[bootDriveCheck+1] != nop || code[bootDriveCheck+2] != 0xcc {
		t.Errorf("first stage looks for sector %d", got)
	}
	if from, n := le.Uint64(patched[coreNextSector:]), le.Uint16(patched[coreNextLength:]); from != 2049 || n != 3 {
		t.Errorf("second stage goes on with %d sectors at %d, want 3 at 2049", n, from)
	}
	write(core, layout.MiB+1)
	if _, _, err := grubStages(boot, core, 2048); err == nil {
		t.Error("a second stage larger than its partition was accepted")
	}
	write(boot, 100)
	if _, _, err := grubStages(boot, core, 2048); err == nil {
		t.Error("a first stage of 100 bytes was accepted")
	}
	if _, _, err := grubStages(dir+"/none", core, 2048); err == nil {
		t.Error("no first stage was accepted")
	}
}

// GRUB itself reads and changes the environment block.
func TestGrubEnv(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grubenv")
	if err := os.WriteFile(path, grubEnv("good=a", "trial="), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t.Context(), "", nil, "grub-editenv", path, "set", "tries=2"); err != nil {
		t.Fatal(err)
	}
	out, err := run(t.Context(), "", nil, "grub-editenv", path, "list")
	if err != nil || string(out) != "good=a\ntrial=\ntries=2\n" {
		t.Errorf("%q, %v", out, err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 1024 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestGrubScriptIsValid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grub.cfg")
	if err := os.WriteFile(path, append(bytes.Clone(grubConfig), layout.SlotB.Script()...), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t.Context(), "", nil, "grub-script-check", path); err != nil {
		t.Error(err)
	}
	if got := string(layout.SlotB.Script()); !strings.Contains(got, "linux16 /slot-b/vmlinuz console=tty0 ") || !strings.Contains(got, " understudy.slot=b\n") {
		t.Errorf("slot script:\n%s", got)
	}
}
