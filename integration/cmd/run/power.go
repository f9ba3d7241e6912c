// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"understudy/appliance/layout"
	"understudy/integration/vm"
)

// stopLimit is how long the appliance may take to end everything in order.
const stopLimit = 15 * time.Second

// powerOn starts the machine and says what it is.
func (b *box) powerOn(ctx context.Context, t *teller) error {
	var err error
	if b.https, err = freePort(wantHTTPS); err != nil {
		return err
	}
	if b.http, err = freePort(wantHTTP); err != nil {
		return err
	}
	if b.https != wantHTTPS {
		t.say("Port %d is taken; the pages are on %d.", wantHTTPS, b.https)
	}
	seed, problem := completeSeed(b.seed, b.ownSeed())
	if problem != nil {
		t.say("The seed is bad, and the appliance will say so: %v", problem)
	}
	b.setsOwnPW = setsPassword(seed)
	t.stage("Powering on (the first time it tries KVM; it waits while too many machines run)")
	b.machine, err = vm.Start(ctx, vm.Spec{
		Name: "understudy-" + filepath.Base(b.dir), Artifacts: b.image, Profile: b.profile, Firmware: b.firmware,
		Isolated: b.cut, DiskPath: b.diskPath(), Dir: b.dir, Seed: seed,
		Forwards: []vm.Forward{{Guest: 443, Host: b.https}, {Guest: 80, Host: b.http}},
	})
	if err != nil {
		return err
	}
	t.done()
	t.say("%s", b.describe(b.machine.Spec(), b.machine.Accelerator()))
	return nil
}

// ownSeed is what the appliance is told if the person's seed does not say
// otherwise.
func (b *box) ownSeed() layout.Seed {
	s := layout.Seed{Profile: b.profile.Name, HTTPS: layout.SeedHTTPS{PublicPort: b.https}}
	if b.updates != nil {
		s.Serial = b.serial()
		s.Update = layout.SeedUpdate{Server: b.serverName(), TrustRoot: strings.TrimSpace(b.trustRoot)}
	}
	return s
}

// describe says what runs, and what of the profile this host cannot give.
func (b *box) describe(s vm.Spec, accel vm.Accelerator) string {
	by := map[vm.Firmware]string{vm.BIOS: "booting by BIOS", vm.UEFI: "booting by UEFI", vm.Direct: "booting its kernel directly"}
	text := fmt.Sprintf("Powered on: %s, %s, %d CPUs, %d MiB, under %s (%s).",
		b.profile.Model, by[b.firmware], s.CPUs, s.MemMiB, accel.Name, accel.Reason)
	if s.CPUs < b.profile.CPUs || s.MemMiB < b.profile.MemoryMiB {
		text += fmt.Sprintf(" The profile has %d CPUs and %d MiB; this host gives no more.", b.profile.CPUs, b.profile.MemoryMiB)
	}
	return text
}

// stop shuts the appliance down in order. A second Ctrl-C, or an appliance that
// does not answer, ends with the plug pulled.
func (b *box) stop(t *teller) {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, b.machine.Scale(stopLimit))
	defer cancel()
	t.stage("Shutting the appliance down (Ctrl-C again pulls the plug)")
	err := b.machine.ShutDown(ctx)
	b.machine.Close()
	t.done()
	if err != nil {
		t.say("The plug was pulled. The appliance repairs its state at the next start.")
	}
}
