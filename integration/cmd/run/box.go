// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"understudy/bootimg"
	"understudy/integration/updateserver"
	"understudy/integration/vm"
)

// box is the appliance that a person runs, with the directory that is kept
// between runs.
type box struct {
	settings
	dir       string // <profile>-<firmware> below build/run or STATE
	lock      *os.File
	image     bootimg.Artifacts
	kept      bool   // the disk is from an earlier run
	began     string // what the disk began with: base/site
	https     int    // port of this host
	http      int
	setsOwnPW bool // the seed replaces the first-login password
	trustRoot string
	updates   *updateserver.Server // nil: the person's seed names one
	strange   bool                 // the disk is from before the update server
	machine   *vm.Machine
}

// openBox builds the image and gets hold of the directory.
func openBox(ctx context.Context, s settings, t *teller) (*box, error) {
	if s.state == "" {
		build, err := vm.BuildDir()
		if err != nil {
			return nil, err
		}
		s.state = filepath.Join(build, "run")
	}
	b := &box{settings: s, dir: filepath.Join(s.state, s.profile.Name+"-"+string(s.firmware))}
	if err := b.hold(); err != nil {
		return nil, err
	}
	t.stage("%s", b.building())
	var err error
	b.image, err = vm.BuildImage(ctx, s.base, nil)
	if err != nil {
		b.close()
		return nil, err
	}
	t.done()
	if err := b.look(t); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// building says what the image is for, which is built at every run.
func (b *box) building() string {
	if _, err := os.Stat(b.diskPath()); err == nil && !b.fresh {
		return "Building the image (the disk of an earlier run keeps its own software)"
	}
	return "Building Base " + b.base
}

// hold makes sure that only one process uses the disk.
func (b *box) hold() error {
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return fmt.Errorf("make the appliance's directory: %w", err)
	}
	var err error
	if b.lock, err = os.Create(filepath.Join(b.dir, "lock")); err != nil {
		return fmt.Errorf("make the appliance's directory: %w", err)
	}
	err = unix.Flock(int(b.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return fmt.Errorf("this appliance is running already, from %s; stop it, or run another one by PROFILE or FIRMWARE", b.dir)
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", b.dir, err)
	}
	return nil
}

func (b *box) close() { b.lock.Close() }

func (b *box) diskPath() string { return filepath.Join(b.dir, "disk.qcow2") }

// look finds out what an earlier run has left, and removes it if that is
// wanted.
func (b *box) look(t *teller) error {
	if b.fresh {
		if err := os.RemoveAll(filepath.Join(b.dir, "updates")); err != nil {
			return fmt.Errorf("start over: %w", err)
		}
		for _, name := range []string{"disk.qcow2", "uefi-vars.fd", "manifest", "began", "serial.log", "qmp.log", "qemu.log"} {
			if err := os.Remove(filepath.Join(b.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("start over: %w", err)
			}
		}
	}
	_, err := os.Stat(b.diskPath())
	b.kept = err == nil
	manifest, err := os.ReadFile(b.image.Manifest)
	if err != nil {
		return fmt.Errorf("read what the image is made of: %w", err)
	}
	note, began := filepath.Join(b.dir, "manifest"), filepath.Join(b.dir, "began")
	if !b.kept {
		b.began = b.from()
		if err := errors.Join(os.WriteFile(note, manifest, 0o644), os.WriteFile(began, []byte(b.began), 0o644)); err != nil {
			return fmt.Errorf("note what the disk is made of: %w", err)
		}
		return nil
	}
	b.began = b.from()
	if before, err := os.ReadFile(began); err == nil {
		b.began = string(before)
	}
	if b.began != b.from() {
		t.say("This appliance began as %s and goes on as it is now. FRESH=1 starts over as %s.", b.began, b.from())
		return nil
	}
	if before, err := os.ReadFile(note); err != nil || !bytes.Equal(before, manifest) {
		t.say("The disk of an earlier run has another build of the Base software and keeps it. FRESH=1 starts over with this one.")
	}
	return nil
}
