// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPayloadComesBack(t *testing.T) {
	if err := tryBootSector(t.Context(), "tcg", t.TempDir()); err != nil {
		t.Errorf("a boot sector under TCG: %v", err)
	}
	if err := tryBootSector(t.Context(), "no-such-accelerator", t.TempDir()); err == nil {
		t.Error("a boot sector came back under an accelerator that does not exist")
	}
}

func TestPayloadThatGoesAstray(t *testing.T) {
	reset := filepath.Join(t.TempDir(), "reset.img")
	sector := bootSector()
	copy(sector, []byte{0xb0, 0xfe, 0xe6, 0x64, 0xf4}) // reset by the keyboard controller
	if err := os.WriteFile(reset, sector, 0o600); err != nil {
		t.Fatal(err)
	}
	err := tryPayload(t.Context(), "tcg", "-drive", "file="+reset+",format=raw,if=ide")
	if err == nil || !strings.Contains(err.Error(), "QEMU ended") {
		t.Errorf("a payload that resets: %v", err)
	}
}

func TestKernelThatIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kernel")
	if err := os.WriteFile(path, []byte("this is no kernel"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := tryKernel(t.Context(), "tcg", path, t.TempDir()); err == nil {
		t.Error("a text file booted")
	}
}

func TestAcceleratorByEnvironment(t *testing.T) {
	t.Setenv("VM_ACCEL", "kvm")
	if a, err := FindAccelerator(t.Context(), ""); err != nil || a.Name != "kvm" {
		t.Errorf("with VM_ACCEL=kvm: %+v, %v", a, err)
	}
	t.Setenv("VM_ACCEL", "")
	if a, err := FindAccelerator(t.Context(), ""); err != nil || a.Name != "tcg" {
		if _, kept := os.Stat("../../build/accelerator.json"); kept != nil {
			t.Errorf("without a kernel to prove anything: %+v, %v", a, err)
		}
	}
}
