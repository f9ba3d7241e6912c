// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"understudy/appliance/audit"
	"understudy/appliance/base/boot"
	"understudy/web/api"
	"understudy/web/appliance"
	"understudy/web/frontdoor"
	"understudy/web/gate"
)

// run is the program below the supervisor: it assembles the box, opens the
// ports and serves until ctx ends.
func run(ctx context.Context, log *slog.Logger) error {
	link, err := boot.Dial()
	if err != nil {
		return err
	}
	report, err := boot.ReadReport(boot.ReportPath)
	if err != nil {
		return err
	}
	told := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b := &box{link: link, log: log}
	if err := b.assemble(ctx, report); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	err = b.serve(ctx, group)
	if err != nil {
		cancel()
	}
	ended := group.Wait()
	if told.Err() != nil && errors.Is(ended, context.Canceled) {
		ended = nil // that is how work ends when the program is told to stop
	}
	return errors.Join(err, ended, b.close())
}

// serve opens the ports, finishes what the last shutdown left, and starts
// everything that goes on in the background.
func (b *box) serve(ctx context.Context, group *errgroup.Group) error {
	door, err := b.door()
	if err != nil {
		return err
	}
	b.started(ctx)
	secure, err := listen(443)
	if err != nil {
		return err
	}
	plain, err := listen(80)
	if err != nil {
		return errors.Join(err, secure.Close())
	}
	fmt.Println("understudy: listening on 443")
	group.Go(func() error { return door.Serve(ctx, secure, plain) })
	group.Go(func() error { return b.alive.run(ctx) })
	group.Go(func() error { return b.site.Run(ctx) })
	group.Go(func() error { b.leaveTrial(ctx); return nil })
	group.Go(func() error { b.installFactorySite(ctx); return nil })
	group.Go(func() error { return b.services.Guard.Run(ctx) })
	later := func(f func() error) {
		group.Go(func() error {
			select {
			case <-b.alive.tried:
				return f()
			case <-ctx.Done():
				return nil
			}
		})
	}
	// What nobody waits for who opens a page of a box that has just started.
	later(func() error { debug.SetGCPercent(usualGC); return nil })
	later(func() error { return b.services.Health.Run(ctx) })
	later(func() error { screens(ctx, &b.services, b.log); return nil })
	return nil
}

// started records the start and ends the tasks that led to it. It must come
// before the ports are opened: a task of theirs would be taken for an old one.
func (b *box) started(ctx context.Context) {
	r := b.services.Boot
	err := errors.Join(
		b.services.Updates.Resume(ctx),
		b.services.Tasks.Recover(ctx, b.services.Power.Recoveries(bootID())),
		b.services.Audit.Append(ctx, audit.System, audit.Entry{
			Action: "start", Object: "appliance", Outcome: "ok",
			Detail: fmt.Sprintf("Base software %s, build %s; restarts of it since power on: %d", r.Release.Version, r.Release.Build, r.Crashes),
		}))
	if err != nil {
		b.log.Error("the start could not be recorded", "error", err)
	}
}

func listen(port int) (net.Listener, error) {
	l, err := net.Listen("tcp", ":"+strconv.Itoa(port))
	if err != nil {
		return nil, fmt.Errorf("opening port %d: %w", port, err)
	}
	return l, nil
}

// door puts the gate in front of pages and API.
func (b *box) door() (*frontdoor.Door, error) {
	s, log := &b.services, b.log
	pages, err := appliance.New(s)
	if err != nil {
		return nil, fmt.Errorf("preparing the pages: %w", err)
	}
	g, err := gate.New(gate.Config{
		Accounts: s.Accounts, Pages: pages, Now: s.Now,
		OnLimited: pages.Limited,
		OnFailure: func(r *http.Request, reference string, cause any, stack []byte) {
			log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "reference", reference, "cause", cause, "stack", string(stack))
		},
	}, append(pages.Routes(), api.Routes(s)...))
	if err != nil {
		return nil, fmt.Errorf("preparing the gate: %w", err)
	}
	return frontdoor.New(frontdoor.Config{
		Appliance: g, Certificate: s.Certs.GetCertificate, Healthy: b.alive.ok.Load,
		Site:       b.frontSite(),
		PublicPort: s.Network.PublicPort, Now: s.Now,
		Errors: func(message string) { log.Debug("connection", "message", message) },
	})
}

// now is the box's clock, in UTC.
func now() time.Time { return time.Now().UTC() }
