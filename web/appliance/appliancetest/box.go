// SPDX-License-Identifier: Apache-2.0

package appliancetest

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/base/boot"
	"understudy/appliance/base/certs"
	"understudy/appliance/base/identity"
	"understudy/appliance/base/network"
	"understudy/appliance/base/power"
	"understudy/appliance/base/schema"
	"understudy/appliance/base/updates"
	"understudy/appliance/base/updates/machinetest"
	"understudy/appliance/confirm"
	"understudy/appliance/health"
	"understudy/appliance/layout"
	"understudy/appliance/revision"
	"understudy/appliance/task"
	"understudy/hwprofiles"
	"understudy/web/appliance"
	"understudy/web/frontdoor"
	"understudy/web/gate"
	"understudy/web/services"
)

// First is the password of the first sign-in, Password the one that tests
// change it to.
const (
	First    = "password"
	Password = "a lighthouse in the fog"
)

// Box is an appliance that serves its pages.
type Box struct {
	*services.Appliance
	Time    *Time
	Machine *Machine
	Kernel  *Kernel
	Pages   *appliance.Pages
	Gate    *gate.Gate
	URL     string

	client *http.Client // trusts the box's certificate
}

// Options differ from test to test; the zero value is a healthy new box.
type Options struct {
	Boot boot.Report // Release and identity are filled in
	Gate gate.Config // limits
	// Routes are added to those of the pages.
	Routes []gate.Route
	// Beat is the time between two signs of life of a live stream.
	Beat time.Duration
	// UpdateServer is what the box asks for updates, and Dial how; none if empty.
	UpdateServer string
	Dial         func(server, fingerprint string, learn func(string) error) (updates.Server, error)
	// TrustRoot is whom the box trusts for updates; nobody if nil.
	TrustRoot []byte
	// TimeServers are asked for the time.
	TimeServers []string
	// Changed leaves the first password behind: admin has Password.
	Changed bool
}

// New starts a box. It ends with the test.
func New(t testing.TB, o Options) *Box {
	t.Helper()
	b := Build(t, o)
	b.Serve(t)
	return b
}

// Build makes the services and the gate of a box, and does not listen.
func Build(t testing.TB, o Options) *Box {
	t.Helper()
	b := &Box{Time: &Time{now: start}, Machine: &Machine{}, Kernel: NewKernel()}
	b.services(t, o)
	pages, err := appliance.New(b.Appliance)
	if err != nil {
		t.Fatal(err)
	}
	b.Pages = pages
	if o.Beat > 0 {
		pages.Beat = o.Beat
	}
	config := o.Gate
	config.Accounts, config.Pages, config.Now = b.Accounts, pages, b.Time.Now
	config.OnFailure = func(r *http.Request, reference string, cause any, stack []byte) {
		t.Errorf("%s %s failed (%s): %v\n%s", r.Method, r.URL.Path, reference, cause, stack)
	}
	if o.Gate.OnFailure != nil {
		config.OnFailure = o.Gate.OnFailure
	}
	if config.OnLimited == nil {
		config.OnLimited = pages.Limited
	}
	b.Gate, err = gate.New(config, append(pages.Routes(), o.Routes...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Serve listens, behind the front door and with TLS.
func (b *Box) Serve(t testing.TB) {
	t.Helper()
	door, err := frontdoor.New(frontdoor.Config{Appliance: b.Gate, Certificate: b.Certs.GetCertificate, Now: b.Time.Now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(door)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	b.URL, b.client = server.URL, server.Client()
}

// Client trusts the box's certificate, and keeps no cookies.
func (b *Box) Client() *http.Client { return b.client }

// services are put together as the program does it.
func (b *Box) services(t testing.TB, o Options) {
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	dir := t.TempDir()
	base, err := schema.OpenBase(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	journal, err := schema.OpenJournal(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	now := b.Time.Now
	s := &services.Appliance{Now: now, Release: release, Boot: o.Boot}
	b.Appliance = s
	s.Boot.Release, s.Boot.Serial, s.Boot.BootedAt = release, serial, start.Add(-3*time.Hour)
	if s.Boot.State == (boot.StateResult{}) {
		s.Boot.State = boot.StateResult{OK: true, Encrypted: true}
	}
	s.Audit = audit.New(journal, now)
	s.Audit.Gather = time.Hour // what a page shows of refusals hangs on what was done, not on how long it took
	s.Tasks = task.New(journal, now)
	s.Book = revision.New(base, now)
	s.Guard = confirm.New(base, s.Book, s.Audit, now)
	s.Health = health.New(base, now)
	s.Accounts = account.New(base, s.Book, s.Audit, policy(), now)
	s.Network = network.New(network.Parts{Book: s.Book, Guard: s.Guard, Audit: s.Audit, Kernel: b.Kernel, Now: now})
	s.Clock = newClock(s, journal, b.Time, o.TimeServers)
	s.Power = power.New(s.Tasks, s.Audit, b.Machine, now)
	s.Power.NoDisk = s.Boot.State.NoDisk
	s.Updates = machinetest.Service(t, updates.Parts{
		Journal: journal, Base: base, Dir: filepath.Join(dir, "updates"), Tasks: s.Tasks, Audit: s.Audit, Book: s.Book, Dial: o.Dial, Power: s.Power, Running: release, Boot: "1", Now: now,
	}, o.TrustRoot)
	s.Book.Frozen = s.Updates.Frozen
	if err := s.Updates.Start(ctx, o.UpdateServer); err != nil {
		t.Fatal(err)
	}
	s.Identity = identity.New(identity.Config{Release: release, Profile: profile(t), Serial: serial, GUID: guid, Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), Kernel: "6.1.0-40-amd64", Firmware: "uefi", Uptime: func() time.Duration { return now().Sub(s.Boot.BootedAt) }, Machine: b.Machine, Now: now})
	if s.Certs, err = certs.InMemory(certs.Names{Hostname: "support.example.com"}, now); err != nil {
		t.Fatal(err)
	}
	b.firstAccount(t, o.Changed)
	if err := s.Network.Start(ctx, seed()); err != nil {
		t.Fatal(err)
	}
	if err := s.Clock.Start(ctx, seed()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); s.Tasks.Close(); base.Close(); journal.Close() })
}

func (b *Box) firstAccount(t testing.TB, changed bool) {
	password := First
	if changed {
		password = Password
	}
	hash, err := account.HashPassword(policy().Argon2, password)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Accounts.Bootstrap(t.Context(), "admin", hash, !changed); err != nil {
		t.Fatal(err)
	}
}

// What the box is.
var release = layout.Release{Product: layout.Product, Version: "3.3.2", Build: "24817", Tree: 1, Built: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}

const (
	serial = "US-4R7T-29KQ-81XM"
	guid   = "0a4d5c1e-6f3b-4c1d-9a56-2f7f2f6f1b20"
)

// policy is the usual one with hashes that cost next to nothing.
func policy() account.Policy {
	p := account.DefaultPolicy()
	p.Argon2 = account.Argon2{Time: 1, MemoryKiB: 64, Threads: 1}
	return p
}

func profile(t testing.TB) hwprofiles.Profile {
	p, err := hwprofiles.ByName("va-small")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// seed gives the first card two addresses, and no DHCP to wait for.
func seed() layout.Seed {
	var s layout.Seed
	s.Hostname = "support.example.com"
	s.Network.Interfaces = []layout.SeedInterface{{Name: "eth0", Addresses: []string{"192.0.2.10/24", "2001:db8::10/64"}}}
	s.Network.Gateway4 = "192.0.2.1"
	s.Network.DNS = []string{"192.0.2.53"}
	s.Network.NTP = []string{"ntp.example.com"}
	return s
}
