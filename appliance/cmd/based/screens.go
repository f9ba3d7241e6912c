// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/base/console"
	"understudy/web/services"
)

// recentEvents is how many events of the audit log a screen has room for, and
// eventsEvery how often new ones are shown.
const (
	recentEvents = 5
	eventsEvery  = time.Second
)

// screens shows the box on its VGA console and its serial line until ctx ends.
func screens(ctx context.Context, s *services.Appliance, log *slog.Logger) {
	displays := []console.Display{&console.Serial{Out: os.Stdout}}
	if screen, err := console.OpenScreen("/dev/tty1"); err != nil {
		log.Info("this machine has no screen", "error", err)
	} else {
		displays = append(displays, screen)
	}
	failed := func(err error) { log.Error("a console cannot be written to", "error", err) }
	console.Run(ctx, func(ctx context.Context) console.State { return screenState(ctx, s) }, changes(ctx, s), failed, displays...)
}

// changes signals when something on the screen may be out of date.
func changes(ctx context.Context, s *services.Appliance) <-chan struct{} {
	merged := make(chan struct{}, 1)
	signal := func() {
		select {
		case merged <- struct{}{}:
		default:
		}
	}
	for _, source := range []<-chan struct{}{s.Network.Watch(ctx), s.Health.Watch(ctx), s.Guard.Watch(ctx)} {
		go func() {
			for range source {
				signal()
			}
		}()
	}
	go func() {
		for range s.Tasks.Watch(ctx) {
			signal()
		}
	}()
	go func() {
		for range s.Audit.Watch(ctx) {
			signal()
			// A screen that reads the log ends the gathering of refusals: in a
			// flood, not for each of them.
			select {
			case <-ctx.Done():
			case <-time.After(eventsEvery):
			}
		}
	}()
	return merged
}

func screenState(ctx context.Context, s *services.Appliance) console.State {
	facts := s.Identity.Facts()
	state := console.State{
		Product: facts.Product, Version: facts.Version, Model: facts.Model, Serial: facts.Serial,
		Hostname: s.Network.Hostname(), Fingerprint: s.Certs.Fingerprint(),
		SeedProblems: s.Boot.SeedProblems, StateLost: s.Boot.State.Lost, Now: s.Now(),
	}
	if state.StateLost != "" {
		state.StateAdvice = "Sign in with the first-login account. " + wayOut(s.Boot.State)
	}
	for _, w := range s.Health.List() {
		state.Warnings = append(state.Warnings, console.Warning{Severity: w.Severity.String(), Text: w.Text})
	}
	// A screen that cannot tell everything still tells what it can.
	links, _ := s.Network.Links(ctx)
	for _, l := range links {
		for _, c := range l.Current {
			state.Addresses = append(state.Addresses, fmt.Sprintf("%s  %s, %s", c.CIDR, l.Name, c.Source))
		}
	}
	if reach, _ := s.Network.Addresses(ctx); len(reach) > 0 {
		state.URL = pageURL(reach[0])
	}
	events, _ := s.Audit.List(ctx, audit.Filter{Limit: recentEvents})
	for _, e := range events {
		state.Events = append(state.Events, console.Event{At: e.At, Text: fmt.Sprintf("%s %s %s: %s", e.Actor.Name, e.Action, e.Object, e.Outcome)})
	}
	return state
}

// pageURL is where the pages are for who reaches that address. The public port
// has no place in it: it belongs to whatever forwards to the box.
func pageURL(a netip.Addr) string {
	host := a.String()
	if a.Is6() {
		host = "[" + host + "]"
	}
	return "https://" + host + "/appliance"
}
