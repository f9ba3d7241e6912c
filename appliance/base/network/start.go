// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/base/network/kernel"
	"understudy/appliance/layout"
)

// Start brings the stored configuration into force, at the first start of a
// box the one of its seed, and keeps it in force until ctx ends: leases are
// renewed, cables watched. It does not wait for DHCP. An error says what could
// not be done; everything else is done all the same.
func (s *Service) Start(ctx context.Context, seed layout.Seed) error {
	failures := []error{s.Kernel.Up("lo")}
	links, err := s.Kernel.Links()
	failures = append(failures, err)
	for _, l := range links {
		failures = append(failures, s.Kernel.Up(l.Name))
	}
	failures = append(failures, s.seed(ctx, seed, links))
	events, err := s.Kernel.Watch(ctx)
	failures = append(failures, err)
	s.mu.Lock()
	s.life = ctx
	if d, err := time.ParseDuration(seed.Test.ConfirmTimeout); err == nil && d > 0 {
		s.confirm = d
	}
	s.mu.Unlock()
	failures = append(failures, s.reload(ctx))
	go s.run(ctx, events)
	return errors.Join(failures...)
}

// seed stores the first configuration where there is none.
func (s *Service) seed(ctx context.Context, seed layout.Seed, links []kernel.Link) error {
	var c Config
	rev, err := s.Book.Current(ctx, Area, &c)
	if err != nil || rev != 0 {
		return err
	}
	c, missing := firstConfig(seed, links)
	reason := "First start."
	if len(missing) > 0 {
		reason += " The seed configures cards that this machine does not have: " + strings.Join(missing, ", ") + "."
	}
	if _, _, err := s.Book.Put(ctx, audit.System, Area, 0, c, reason); err != nil {
		return fmt.Errorf("store the first network configuration: %w", err)
	}
	return nil
}

// watch has the kernel tell of changes; nil if it will not.
func (s *Service) watch(ctx context.Context) <-chan struct{} {
	events, err := s.Kernel.Watch(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Failed(err)
		}
		return nil
	}
	return events
}

// run reacts to what happens around the box until ctx ends.
func (s *Service) run(ctx context.Context, events <-chan struct{}) {
	lonely := time.NewTimer(s.patient)
	defer lonely.Stop()
	again := time.NewTimer(s.watchAgain)
	defer again.Stop()
	for {
		bring := s.reconcile
		select {
		case <-ctx.Done():
			return
		case <-lonely.C:
			s.mu.Lock()
			s.alone = true
			s.mu.Unlock()
		case _, open := <-events:
			if !open {
				// The kernel had more to tell than there was room for: what
				// was missed is caught up with by looking again.
				events = s.watch(ctx)
				again.Reset(s.watchAgain)
			}
			if !s.cables() {
				bring = s.reload // fits the configuration to the cards anew
			}
		case <-again.C:
			if events != nil {
				continue
			}
			events = s.watch(ctx)
			again.Reset(s.watchAgain)
			if !s.cables() {
				bring = s.reload // fits the configuration to the cards anew
			}
		}
		if err := bring(ctx); err != nil && ctx.Err() == nil {
			s.Failed(err)
		}
	}
}

// cables wakes the DHCP clients of links whose cable came back: it may lead
// into another network now. It reports whether the cards are still those that
// the configuration at hand was fitted to.
func (s *Service) cables() (same bool) {
	links, err := s.Kernel.Links()
	if err != nil {
		return true // reconcile meets the same error and reports it
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	plugged := map[string]bool{}
	for _, l := range links {
		if c := s.clients[l.Name]; c != nil && l.Carrier && !s.carrier[l.Name] {
			c.dhcp.Replugged()
		}
		plugged[l.Name] = l.Carrier
	}
	s.carrier = plugged
	return slices.EqualFunc(s.config.Interfaces, complete(s.config, links).Interfaces, func(a, b Interface) bool {
		return a.Name == b.Name && a.MAC == b.MAC
	})
}
