// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"understudy/appliance/base/boot"
	"understudy/appliance/base/schema"
	"understudy/appliance/base/slots"
	"understudy/appliance/base/updates"
	"understudy/appliance/client/updateserver"
	"understudy/appliance/health"
	"understudy/appliance/layout"
	"understudy/appliance/store"
	"understudy/pkgstore/trust"
)

// provenFor is how long a new version has to stay fit to be kept, at most half
// of its deadline.
const provenFor = 10 * time.Second

// usualDeadline is how long a new version has until it must be fit.
const usualDeadline = time.Minute

func updatesDir(state string) string { return filepath.Join(state, "updates") }

// settle puts the configuration back if this start is that of a version which
// came back from a trial. It must come before base.db is opened. Damaged
// records are not its business: who opens them next says so.
func settle(ctx context.Context, report boot.Report) error {
	dir := updatesDir(boot.StatePath)
	if !report.State.OK || !updates.Unsettled(dir) {
		return nil
	}
	journal, err := schema.OpenJournal(ctx, boot.StatePath)
	if errors.Is(err, store.ErrDamaged) {
		return nil
	}
	if err != nil {
		return err
	}
	err = updates.Settle(ctx, journal, dir, schema.BasePath(boot.StatePath), report.Release, bootID(), now)
	return errors.Join(err, journal.Close())
}

// bootID is the kernel's id of this boot.
func bootID() string {
	b, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b))
}

// startUpdates makes the service of updates.
func (b *box) startUpdates(ctx context.Context) error {
	s, report := &b.services, b.services.Boot
	dir := updatesDir(b.stores.dir)
	if err := slots.TakeAway(); err != nil {
		b.log.Error("what an earlier run has left", "error", err)
	}
	// A trial that was given up before the configuration was copied.
	if err := updates.Settle(ctx, b.stores.journal, dir, b.stores.base.Path, report.Release, bootID(), now); err != nil {
		return err
	}
	deadline := healthDeadline(report.Seed)
	p := updates.Parts{
		Journal: b.stores.journal, Base: b.stores.base, Dir: dir,
		Tasks: s.Tasks, Audit: s.Audit, Power: s.Power, Running: report.Release, Boot: bootID(),
		Book: s.Book, Dial: dialServer, Lost: report.State.Lost, Site: b.site, Self: b.self, Loader: openLoader(report.Firmware), Look: lookAtLoader(report.Firmware), Trust: b.trusted(dir, report.Seed.Update.TrustRoot), Fit: b.fit, Outside: b.preflight, Factory: openFactorySite,
		Deadline: deadline, ProvenFor: min(provenFor, deadline/2), Now: now,
	}
	var err error
	if s.Updates, err = updates.New(p); err != nil {
		return err
	}
	s.Book.Frozen = s.Updates.Frozen
	return s.Updates.Start(ctx, report.Seed.Update.Server)
}

// healthDeadline is how long a new version has until it must be fit.
func healthDeadline(seed layout.Seed) time.Duration {
	if d, err := time.ParseDuration(seed.Test.HealthDeadline); err == nil && d > 0 {
		return d
	}
	return usualDeadline
}

// openLoader opens the boot partition of a box that was started by firmware.
func openLoader(firmware string) func(context.Context) (slots.Loader, func() error, error) {
	return func(context.Context) (slots.Loader, func() error, error) {
		unmount, err := slots.Mount()
		if err != nil {
			return nil, nil, err
		}
		return loaderAt(slots.MountPoint, firmware, unmount)
	}
}

// lookAtLoader opens it without writing a byte.
func lookAtLoader(firmware string) func(context.Context) (slots.Loader, func() error, error) {
	return func(context.Context) (slots.Loader, func() error, error) {
		dir, unmount, err := slots.MountToLook()
		if err != nil {
			return nil, nil, err
		}
		return loaderAt(dir, firmware, unmount)
	}
}

func loaderAt(dir, firmware string, unmount func() error) (slots.Loader, func() error, error) {
	cmdline, _ := os.ReadFile("/proc/cmdline")
	l, err := slots.Open(dir, firmware, string(cmdline), "/sys/firmware/efi/efivars")
	if err != nil {
		return nil, nil, errors.Join(err, unmount())
	}
	return l, unmount, nil
}

// trusted opens the metadata that the box trusts: what it has, else what the
// seed brings.
func (b *box) trusted(dir, root string) func() (trust.Dir, error) {
	root = strings.TrimSpace(root) // a seed may hold it as a block of lines
	d, err := trust.NewDir(filepath.Join(dir, "trusted"), []byte(root))
	if err != nil && root != "" {
		b.log.Error("the seed's trust root cannot be used", "error", err)
		b.services.Health.Set(health.Warning{Code: "updates.trust-root", Severity: health.Warn,
			Text: "The trust root that the seed brings cannot be used, so no update is accepted.",
			Fix:  "Put the update server's root metadata into the seed and reset the appliance to its factory state.", FixURL: "/appliance/updates"})
	}
	return func() (trust.Dir, error) {
		if err != nil {
			return trust.Dir{}, updates.ErrNoTrust
		}
		return d, nil
	}
}

// leaveTrial goes back to the former version if this one is on trial and cannot
// use the stored state.
func (b *box) leaveTrial(ctx context.Context) {
	if b.services.Boot.State.Lost == "" {
		return
	}
	if err := b.services.Updates.Abandon(ctx); err != nil && ctx.Err() == nil {
		b.log.Error("a trial without stored state", "error", err)
	}
}

// dialServer makes a client of an update server.
func dialServer(server, fingerprint string, learn func(string) error) (updates.Server, error) {
	c, err := updateserver.New(server, fingerprint, learn)
	return updateServer{c}, err
}

// updateServer gives the client's view the type that package updates wants.
type updateServer struct{ *updateserver.Client }

func (s updateServer) Check(ctx context.Context, statement string) (updates.View, error) {
	return s.Client.Check(ctx, statement)
}

// self is how the box is known to an update server.
func (b *box) self() updates.Self {
	r := b.services.Boot
	return updates.Self{Serial: r.Serial, Hostname: b.services.Network.Hostname(), Key: identityKey(r)}
}

// fit says why this box does not do its work: a new version has to be fit to be
// kept.
func (b *box) fit(context.Context) error {
	if !b.alive.ok.Load() {
		return fmt.Errorf("its pages do not answer, or its databases cannot be read")
	}
	if b.services.Boot.State.Lost != "" {
		return fmt.Errorf("it cannot use the stored state: %s", b.services.Boot.State.Lost)
	}
	return nil
}
