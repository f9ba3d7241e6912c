// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/base/boot"
	"understudy/appliance/base/certs"
	"understudy/appliance/base/clock"
	"understudy/appliance/base/identity"
	"understudy/appliance/base/network"
	"understudy/appliance/base/network/kernel"
	"understudy/appliance/base/power"
	"understudy/appliance/base/sitehost"
	"understudy/appliance/confirm"
	"understudy/appliance/health"
	"understudy/appliance/revision"
	"understudy/appliance/task"
	"understudy/hwprofiles"
	"understudy/web/services"
)

// defaultProfile is what a box is whose seed names no model.
const defaultProfile = "va-small"

// powerGrace lets the page that follows a restart reach its reader.
const powerGrace = 2 * time.Second

// firstAddress is how long the first boot waits for an address by DHCP.
const firstAddress = 3 * time.Second

// resolvConf is where programs would look for name servers. The image links
// /etc/resolv.conf to it.
const resolvConf = "/run/understudy/resolv.conf"

// box is everything that runs in this program.
type box struct {
	link     *boot.Link
	stores   stores
	services services.Appliance
	alive    *alive
	site     *sitehost.Host
	log      *slog.Logger
}

// assemble opens the databases and makes the services on top of them. Network
// and clock are started here, because what comes later asks for addresses.
func (b *box) assemble(ctx context.Context, report boot.Report) (err error) {
	if err := settle(ctx, report); err != nil {
		return err
	}
	if b.stores, err = openStores(ctx, boot.StatePath, standIn, report.State.InUse); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.stores.close())
		}
	}()
	dbs := b.stores
	if dbs.lost != "" && report.State.Lost == "" {
		report.State.OK, report.State.Lost = false, dbs.lost
	}
	profile, err := profileOf(report)
	if err != nil {
		return err
	}
	s := &b.services
	s.Now, s.Release, s.Boot = now, report.Release, report
	s.Audit = audit.New(dbs.journal, now)
	s.Tasks = task.New(dbs.journal, now)
	s.Tasks.Boot = bootID()
	s.Book = revision.New(dbs.base, now)
	s.Guard = confirm.New(dbs.base, s.Book, s.Audit, now)
	s.Health = health.New(dbs.base, now)
	if err := s.Health.Remember(ctx, dbs.journal); err != nil {
		b.log.Error("warnings look new", "error", err)
	}
	s.Accounts = account.New(dbs.base, s.Book, s.Audit, policyFor(profile), now)
	s.Power = power.New(s.Tasks, s.Audit, b.link, now)
	s.Power.Grace, s.Power.NoDisk = powerGrace, report.State.NoDisk
	s.Identity = identity.New(identity.Config{
		Release: report.Release, Profile: profile, Serial: report.Serial, GUID: report.GUID, Key: identityKey(report),
		Kernel: report.Kernel, Firmware: report.Firmware, Now: now,
	})
	b.hostSite()
	if hash := report.Seed.Accounts.SitePasswordHash; hash != "" {
		if err := b.site.KeepFirstPassword(hash); err != nil {
			b.log.Error("the site's password of the seed", "error", err)
		}
	}
	b.alive = &alive{link: b.link, stores: dbs, log: b.log, tried: make(chan struct{})}
	if err := b.startUpdates(ctx); err != nil {
		return err
	}
	b.watchReverts()
	if err := bootstrap(ctx, s.Accounts, report.Seed); err != nil {
		return err
	}
	b.startNetwork(ctx)
	if s.Certs, err = b.certificate(ctx); err != nil {
		return err
	}
	b.watchHealth(profile)
	return nil
}

// close ends what is under way and brings to disk what is still in memory.
func (b *box) close() error {
	b.services.Tasks.Close()
	return errors.Join(b.services.Audit.Flush(context.Background()), b.stores.close())
}

// profileOf is the model of this box. One that the record of an earlier version
// names and this version does not know is shown as the usual one.
func profileOf(r boot.Report) (hwprofiles.Profile, error) {
	name := r.Profile
	if name == "" {
		name = defaultProfile
	}
	p, err := hwprofiles.ByName(name)
	if errors.Is(err, hwprofiles.ErrUnknown) {
		return hwprofiles.ByName(defaultProfile)
	}
	return p, err
}

// identityKey is the key by which others know this box; one without a record
// has none.
func identityKey(r boot.Report) ed25519.PrivateKey {
	if len(r.Identity) != ed25519.SeedSize {
		return nil
	}
	return ed25519.NewKeyFromSeed(r.Identity)
}

// startNetwork brings addresses and clock into force. What fails is said on
// health and log: a box without network is still reached at its factory address.
func (b *box) startNetwork(ctx context.Context) {
	s, seed := &b.services, b.services.Boot.Seed
	failed := func(err error) { b.log.Error("in the background", "error", err) }
	s.Network = network.New(network.Parts{
		Book: s.Book, Guard: s.Guard, Audit: s.Audit,
		Kernel: kernel.Netlink{}, Now: now, ResolvConf: resolvConf, Failed: failed,
	})
	if err := s.Network.Start(ctx, seed); err != nil {
		failed(fmt.Errorf("starting the network: %w", err))
	}
	s.Clock = clock.New(clock.Parts{
		Book: s.Book, Journal: b.stores.journal, Audit: s.Audit, Clock: clock.Linux{}, Built: s.Release.Built,
		Servers: s.Network.TimeServers, Resolver: s.Network.Resolver(),
		Changed: s.Network.Watch(ctx), Failed: failed,
	})
	if err := s.Clock.Start(ctx, seed); err != nil {
		failed(fmt.Errorf("starting the clock: %w", err))
	}
}

// certificate opens the stored certificate, or makes one that lasts until the
// next start where nothing can be stored.
func (b *box) certificate(ctx context.Context) (*certs.Keeper, error) {
	if b.services.Boot.FirstBoot {
		// The certificate made now should carry the address that DHCP gives.
		patience, cancel := context.WithTimeout(ctx, firstAddress)
		b.services.Network.Settled(patience)
		cancel()
	}
	names := certs.Names{Hostname: b.services.Network.Hostname()}
	addresses, err := b.services.Network.Addresses(ctx)
	if err != nil {
		b.log.Error("the certificate is made without addresses", "error", err)
	}
	names.Addresses = addresses
	keeper, err := certs.Open(filepath.Join(boot.StatePath, "certs"), names, now)
	if err == nil {
		return keeper, nil
	}
	b.log.Error("the certificate cannot be kept", "error", err)
	return certs.InMemory(names, now)
}

// watchReverts tells people when a change could not be taken back.
func (b *box) watchReverts() {
	const code = "confirm.revert-failed"
	b.services.Guard.OnFailure = func(p confirm.Pending, err error) {
		b.log.Error("a change could not be reverted", "area", p.Area, "error", err)
		b.services.Health.Set(health.Warning{Code: code, Severity: health.Critical,
			Text: "An unconfirmed change could not be taken back: " + p.Summary,
			Fix:  "It is tried again; until then change it by hand.", FixURL: "/appliance/networking/ip"})
	}
	b.services.Guard.OnReverted = func(confirm.Pending) { b.services.Health.Clear(code) }
}

func (b *box) watchHealth(profile hwprofiles.Profile) {
	s := &b.services
	notices(s.Health, s.Boot)
	checks := []health.Check{firstPassword(s.Accounts), identity.Space(b.stores.dir)}
	checks = append(checks, s.Certs.Checks()...)
	checks = append(checks, s.Network.Checks()...)
	checks = append(checks, s.Clock.Checks()...)
	checks = append(checks, s.Updates.Checks()...)
	checks = append(checks, b.site.Check())
	if profile.Kind == hwprofiles.Virtual {
		checks = append(checks, s.Identity.Advice()...)
	}
	for _, c := range checks {
		s.Health.Register(c)
	}
}
