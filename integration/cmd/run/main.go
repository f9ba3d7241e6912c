// SPDX-License-Identifier: Apache-2.0

// Command run is `make run`: it builds the image, boots an appliance in QEMU,
// says where its pages are and ends it at Ctrl-C. The disk survives under
// build/run, or under the directory that STATE names. Settings come from the
// environment: BASE, SITE, PROFILE, FIRMWARE, NETWORK=cut, FRESH=1, SEED=file,
// and VM_ACCEL=kvm|tcg for those who know better than the proof of the
// accelerator.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	t := &teller{out: os.Stdout, terminal: term.IsTerminal(int(os.Stdout.Fd())), start: time.Now(), now: time.Now}
	go func() {
		for range time.Tick(time.Second) {
			t.tick()
		}
	}()
	err := run(ctx, t)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.done()
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run does everything between reading the settings and the end of the
// appliance.
func run(ctx context.Context, t *teller) error {
	s, err := readSettings(os.Getenv)
	if err != nil {
		return err
	}
	b, err := openBox(ctx, s, t)
	if err != nil {
		return err
	}
	defer b.close()
	defer b.stopUpdates()
	if err := b.startUpdates(ctx, t); err != nil {
		return err
	}
	if err := b.installSite(ctx, t); err != nil {
		return err
	}
	if err := b.powerOn(ctx, t); err != nil {
		return err
	}
	defer b.machine.Close()
	return b.watch(ctx, t)
}
