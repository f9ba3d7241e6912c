// SPDX-License-Identifier: Apache-2.0

package apitest

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/base/boot"
	"understudy/appliance/base/clock"
	"understudy/appliance/base/identity"
	"understudy/appliance/base/network"
	"understudy/appliance/base/network/kernel"
	"understudy/appliance/base/power"
	"understudy/appliance/base/schema"
	"understudy/appliance/base/updates"
	"understudy/appliance/base/updates/machinetest"
	"understudy/appliance/confirm"
	"understudy/appliance/health"
	"understudy/appliance/layout"
	"understudy/appliance/revision"
	"understudy/appliance/store"
	"understudy/appliance/task"
	"understudy/hwprofiles"
	"understudy/web/api"
	"understudy/web/gate"
	"understudy/web/services"
)

// Release is the software that the box says it runs.
var Release = layout.Release{Product: layout.Product, Version: "3.3.2", Build: "test", Tree: 1, Built: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}

// life is the box between two starts.
type life struct {
	services      *services.Appliance
	gate          *gate.Gate
	server        *http.Server
	base, journal *store.DB
	stop          context.CancelFunc
	running       sync.WaitGroup
	leaving       context.Context // of streams
	leave         context.CancelFunc
}

// quick makes passwords cheap: their cost is account's subject.
func quick() account.Policy {
	p := account.DefaultPolicy()
	p.Argon2 = account.Argon2{Time: 1, MemoryKiB: 64, Threads: 1}
	return p
}

// live starts the services on the box's state.
func (b *Box) live() (*life, error) {
	if os.Getenv("UNDERSTUDY_NETTEST") == "" {
		return nil, errors.New("apitest: this test program has to call nettest.Main first: a box takes over the network that it finds")
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &life{stop: stop}
	l.leaving, l.leave = context.WithCancel(ctx)
	var err error
	if l.base, err = schema.OpenBase(ctx, b.dir); err != nil {
		return nil, err
	}
	if l.journal, err = schema.OpenJournal(ctx, b.dir); err != nil {
		return nil, err
	}
	profile, err := hwprofiles.ByName("va-small")
	if err != nil {
		return nil, err
	}
	s := &services.Appliance{Release: Release, Certs: b.certs, Now: time.Now, Boot: boot.Report{SeedSource: "fw_cfg"}}
	s.Audit = audit.New(l.journal, s.Now)
	s.Tasks = task.New(l.journal, s.Now)
	s.Book = revision.New(l.base, s.Now)
	s.Guard = confirm.New(l.base, s.Book, s.Audit, s.Now)
	s.Health = health.New(l.base, s.Now)
	s.Accounts = account.New(l.base, s.Book, s.Audit, quick(), s.Now)
	s.Network = network.New(network.Parts{Book: s.Book, Guard: s.Guard, Audit: s.Audit, Kernel: kernel.Netlink{}, Now: s.Now})
	s.Network.EchoTime = time.Minute // a ping that is answered is, however busy the machine is
	s.Clock = clock.New(clock.Parts{Book: s.Book, Journal: l.journal, Audit: s.Audit, Clock: shown{}, Built: Release.Built, Servers: noServers})
	s.Power = power.New(s.Tasks, s.Audit, machine{b}, s.Now)
	s.Updates = machinetest.Service(b.t, updates.Parts{
		Journal: l.journal, Base: l.base, Dir: filepath.Join(b.dir, "updates"), Tasks: s.Tasks, Audit: s.Audit, Book: s.Book, Power: s.Power, Running: Release, Boot: "1", Dial: b.dial, Now: s.Now,
	}, b.Vendor.Root())
	s.Identity = identity.New(identity.Config{
		Release: Release, Profile: profile, Serial: Serial, GUID: "8d3c3ad0-9a1b-4d66-8b7e-5d1a6e1f0c11",
		Kernel: "6.1.0", Firmware: "uefi", Uptime: func() time.Duration { return time.Second },
	})
	l.services = s
	return l, l.begin(ctx, b)
}

// begin does what based does at its start.
func (l *life) begin(ctx context.Context, b *Box) error {
	s := l.services
	hash, err := account.HashPassword(quick().Argon2, Password)
	if err != nil {
		return err
	}
	if err := s.Accounts.Bootstrap(ctx, Username, hash, true); err != nil {
		return err
	}
	if err := s.Network.Start(ctx, b.seed); err != nil {
		return err
	}
	if err := s.Clock.Start(ctx, b.seed); err != nil {
		return err
	}
	if err := s.Tasks.Recover(ctx, s.Power.Recoveries("")); err != nil {
		return err
	}
	for _, run := range []func(context.Context) error{s.Guard.Run, s.Health.Run} {
		l.running.Go(func() { _ = run(ctx) }) // ends with ctx, which is no failure
	}
	l.gate, err = gate.New(gate.Config{Accounts: s.Accounts, Pages: noPages{}, OnFailure: func(r *http.Request, reference string, cause any, _ []byte) {
		b.t.Logf("%s %s failed (%s): %v", r.Method, r.URL.Path, reference, cause)
	}}, l.routes())
	return err
}

// routes are those of the API, whose streams break off when the box goes down.
func (l *life) routes() []gate.Route {
	routes := api.Routes(l.services)
	for i, r := range routes {
		if r.Stream {
			routes[i].Handler = func(w http.ResponseWriter, req *http.Request) {
				ctx, end := context.WithCancel(req.Context())
				defer end()
				defer context.AfterFunc(l.leaving, end)()
				r.Handler(w, req.WithContext(ctx))
			}
		}
	}
	return routes
}

// close ends everything, connections first. Streams would last, so they break
// off; other requests under way are answered, however long that takes: whoever
// asked for a restart is to learn of its task.
func (l *life) close() {
	l.leave()
	if l.server != nil {
		_ = l.server.Shutdown(context.Background())
	}
	l.stop()
	l.running.Wait()
	l.services.Tasks.Close()
	_ = l.base.Close()
	_ = l.journal.Close()
}

// shown is the clock of the machine, which is left alone, also where it is before
// the day of the release.
type shown struct{ clock.Linux }

func (shown) Slew(time.Duration) error { return nil }

func (shown) Step(time.Duration) error { return nil }

func (shown) Save() error { return nil }

// noServers keeps the network of tests from being asked for the time.
func noServers() []string { return nil }

// noPages stands where the pages are: a box of this package has only its API.
type noPages struct{}

func (noPages) Problem(w http.ResponseWriter, _ *http.Request, p gate.Problem) {
	http.Error(w, p.Title, p.Status)
}

func (noPages) PasswordAgain(w http.ResponseWriter, _ *http.Request, q gate.PasswordAgain) {
	http.Error(w, "password", q.Status)
}
