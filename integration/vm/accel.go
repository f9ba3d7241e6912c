// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Accelerator is what executes the guest's instructions.
type Accelerator struct {
	Name   string // "kvm" or "tcg", as in QEMU's -accel
	Reason string // why, as a clause for people
}

// proofLimit is how long each payload may take under KVM. Where KVM works both
// are back in a second; where it only seems to work they hang for ever.
const proofLimit = 5 * time.Second

// FindAccelerator answers with KVM only if it has been seen to work: a boot
// sector, and then kernel with an init of a few instructions, must come back
// in time. That /dev/kvm opens proves nothing: there are hosts on which
// firmware runs under KVM, if slowly, and every Linux kernel hangs. VM_ACCEL
// in the environment overrides the proof. The answer is kept until the host
// boots again. Without a kernel nothing can be proved, and the answer is TCG.
func FindAccelerator(ctx context.Context, kernel string) (Accelerator, error) {
	if name := os.Getenv("VM_ACCEL"); name != "" {
		return Accelerator{name, "VM_ACCEL says so"}, nil
	}
	build, err := BuildDir()
	if err != nil {
		return Accelerator{}, err
	}
	boot, err := bootID()
	if err != nil {
		return Accelerator{}, err
	}
	if err := os.MkdirAll(build, 0o755); err != nil {
		return Accelerator{}, fmt.Errorf("find an accelerator: %w", err)
	}
	path := filepath.Join(build, "accelerator.json")
	lock, err := lockFirst(ctx, []string{path})
	if err != nil {
		return Accelerator{}, fmt.Errorf("find an accelerator: %w", err)
	}
	defer lock.Close()
	var kept struct {
		Boot string
		Accelerator
	}
	if err := json.NewDecoder(lock).Decode(&kept); err == nil && kept.Boot == boot {
		return kept.Accelerator, nil
	}
	if kernel == "" {
		return Accelerator{"tcg", "there is no kernel to prove KVM with"}, nil
	}
	kept.Boot = boot
	kept.Accelerator = prove(ctx, kernel)
	if err := context.Cause(ctx); err != nil {
		return Accelerator{}, fmt.Errorf("find an accelerator: %w", err)
	}
	b, err := json.Marshal(kept)
	if err == nil {
		err = errors.Join(lock.Truncate(0), writeAt(lock, b))
	}
	if err != nil {
		return Accelerator{}, fmt.Errorf("keep the answer about the accelerator: %w", err)
	}
	return kept.Accelerator, nil
}

func writeAt(f *os.File, b []byte) error {
	_, err := f.WriteAt(b, 0)
	return err
}

// prove tries KVM.
func prove(ctx context.Context, kernel string) Accelerator {
	if _, err := os.Stat("/dev/kvm"); err != nil {
		return Accelerator{"tcg", "there is no /dev/kvm"}
	}
	dir, err := os.MkdirTemp("", "understudy-accel-")
	if err != nil {
		return Accelerator{"tcg", err.Error()}
	}
	defer os.RemoveAll(dir)
	inTime := func(try func(ctx context.Context) error) error {
		ctx, cancel := context.WithTimeoutCause(ctx, proofLimit, fmt.Errorf("no answer in %v", proofLimit))
		defer cancel()
		return try(ctx)
	}
	if err := inTime(func(ctx context.Context) error { return tryBootSector(ctx, "kvm", dir) }); err != nil {
		return Accelerator{"tcg", "KVM fails a boot sector: " + err.Error()}
	}
	if err := inTime(func(ctx context.Context) error { return tryKernel(ctx, "kvm", kernel, dir) }); err != nil {
		return Accelerator{"tcg", "KVM fails a kernel: " + err.Error()}
	}
	return Accelerator{"kvm", "boot sector and kernel came back"}
}

// tryBootSector boots a few instructions of 16-bit code.
func tryBootSector(ctx context.Context, accel, dir string) error {
	path := filepath.Join(dir, "sector.img")
	if err := os.WriteFile(path, bootSector(), 0o600); err != nil {
		return err
	}
	return tryPayload(ctx, accel, "-drive", "file="+path+",format=raw,if=ide")
}

// tryKernel boots a kernel as far as its first process.
func tryKernel(ctx context.Context, accel, kernel, dir string) error {
	path := filepath.Join(dir, "init.cpio")
	if err := os.WriteFile(path, initArchive(exitInit()), 0o600); err != nil {
		return err
	}
	return tryPayload(ctx, accel, "-kernel", kernel, "-initrd", path, "-append", "quiet panic=-1")
}

// tryPayload runs QEMU until the payload says that it got where it should, or
// ctx ends.
func tryPayload(ctx context.Context, accel string, boot ...string) error {
	args := append([]string{
		"-accel", accel, "-nodefaults", "-display", "none", "-no-reboot", "-m", "256",
		"-device", fmt.Sprintf("isa-debug-exit,iobase=%#x,iosize=4", exitPort),
	}, boot...)
	p, err := launch(qemuProgram, args, io.Discard, nil)
	if err != nil {
		return err
	}
	select {
	case <-p.ended:
	case <-ctx.Done():
		p.kill()
		return context.Cause(ctx)
	}
	var exit *exec.ExitError
	if errors.As(p.err, &exit) && exit.ExitCode() == exitCode {
		return nil
	}
	return fmt.Errorf("QEMU ended with %v", p.cmd.ProcessState)
}
