// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"

	"understudy/appliance/base/network/dhcp"
)

// client is a running DHCP client.
type client struct {
	dhcp *dhcp.Client
	stop context.CancelFunc
}

// follow starts and stops DHCP clients so that they run on the cards that
// want one. A card whose client goes loses its lease.
func (s *Service) follow(c Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := map[string]bool{}
	for _, n := range c.Interfaces {
		wanted[n.Name] = n.DHCP4
	}
	for name, running := range s.clients {
		if !wanted[name] {
			running.stop()
			delete(s.clients, name)
			delete(s.leases, name)
		}
	}
	for _, n := range c.Interfaces {
		if n.DHCP4 && s.clients[n.Name] == nil {
			s.clients[n.Name] = s.newClient(n.Name)
		}
	}
}

// newClient starts a client. It lives as long as the service, not as long as
// the request that switched DHCP on. The caller holds mu.
func (s *Service) newClient(card string) *client {
	ctx, stop := context.WithCancel(s.life)
	c := &client{stop: stop}
	heard := func(h held) {
		s.mu.Lock()
		mine := s.clients[card] == c
		if mine {
			s.leases[card] = h
		}
		s.mu.Unlock()
		if !mine {
			return // stopped meanwhile
		}
		if err := s.reconcile(ctx); err != nil && ctx.Err() == nil {
			s.Failed(err)
		}
	}
	c.dhcp = dhcp.New(card, s.shortName,
		func(l dhcp.Lease) { heard(held{lease: l, since: s.Now(), valid: true}) },
		func() { heard(held{}) })
	go c.dhcp.Run(ctx)
	return c
}
