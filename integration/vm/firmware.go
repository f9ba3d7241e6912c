// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"understudy/bootimg"
)

// Debian's OVMF: the code is shared, the variables are each machine's own.
const (
	ovmfCode = "/usr/share/OVMF/OVMF_CODE_4M.fd"
	ovmfVars = "/usr/share/OVMF/OVMF_VARS_4M.fd"
)

// keepVars makes the machine's own UEFI variables, unless it has them from an
// earlier power-on.
func keepVars(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	b, err := os.ReadFile(ovmfVars)
	if err != nil {
		return fmt.Errorf("read UEFI's empty variables (package ovmf): %w", err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return fmt.Errorf("make the machine's UEFI variables: %w", err)
	}
	return nil
}

// xzMagic starts an XZ stream.
var xzMagic = []byte("\xfd7zXZ\x00")

// unpackKernel gives a kernel that QEMU enters directly as an ELF file. Under
// TCG a kernel takes three seconds to unpack itself; doing it once here saves
// them at every direct boot. A kernel that is not packed with XZ is given back
// as it is.
func unpackKernel(ctx context.Context, path string) (string, error) {
	kernel, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the kernel: %w", err)
	}
	payload, _ := bootimg.Payload(kernel)
	if !bytes.HasPrefix(payload, xzMagic) {
		return path, nil
	}
	build, err := BuildDir()
	if err != nil {
		return "", err
	}
	out := filepath.Join(build, "cache", fmt.Sprintf("vmlinux-%.8x", sha256.Sum256(kernel)))
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return "", fmt.Errorf("unpack the kernel: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(out), "vmlinux-*.part")
	if err != nil {
		return "", fmt.Errorf("unpack the kernel: %w", err)
	}
	defer os.Remove(tmp.Name())
	unxz := exec.CommandContext(ctx, "xz", "-dc", "--single-stream")
	unxz.Stdin, unxz.Stdout = bytes.NewReader(payload), tmp
	if err := errors.Join(unxz.Run(), tmp.Close()); err != nil {
		return "", fmt.Errorf("unpack the kernel %s with xz: %w", path, err)
	}
	if err := os.Rename(tmp.Name(), out); err != nil {
		return "", fmt.Errorf("unpack the kernel: %w", err)
	}
	return out, nil
}
