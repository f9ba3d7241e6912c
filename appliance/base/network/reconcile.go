// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"errors"
	"fmt"

	"understudy/appliance/base/network/kernel"
	"understudy/appliance/base/network/resolver"
)

// rounds is how often the kernel is compared with what it should have: some
// steps only become possible, or necessary, by others.
const rounds = 3

// reload takes the stored configuration over and brings it into force.
// Whoever stored last wins, however calls overlap.
func (s *Service) reload(ctx context.Context) error {
	s.applying.Lock()
	defer s.applying.Unlock()
	links, err := s.Kernel.Links()
	if err != nil {
		return err
	}
	c, _, err := s.stored(ctx, links)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.config = c
	started := s.life != nil
	s.mu.Unlock()
	if !started {
		return nil // Start will bring it into force
	}
	s.follow(c)
	return s.settle(c)
}

// reconcile brings the configuration at hand into force once more.
func (s *Service) reconcile(ctx context.Context) error {
	s.applying.Lock()
	defer s.applying.Unlock()
	s.mu.Lock()
	c := s.config
	s.mu.Unlock()
	return s.settle(c)
}

// settle makes the kernel have what it should. Steps that fail do not keep the
// others from being done. The caller holds applying.
func (s *Service) settle(c Config) error {
	defer s.changed()
	failures := []error{s.settleNames()}
	links, err := s.Kernel.Links()
	if err != nil {
		return err
	}
	for _, l := range links {
		if !l.On { // put in while the box runs
			failures = append(failures, s.Kernel.Up(l.Name))
		}
	}
	for _, n := range c.Interfaces {
		if _, there := linkNamed(links, n.Name); there {
			failures = append(failures, s.Kernel.AcceptRouters(n.Name, n.DHCP6))
		}
	}
	for round := range rounds {
		steps, err := s.steps(c)
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		if len(steps) == 0 {
			break
		}
		for _, st := range steps {
			if err := s.do(st); err != nil && round == rounds-1 {
				failures = append(failures, fmt.Errorf("%s: %w", st, err))
			}
		}
	}
	return errors.Join(failures...)
}

// steps compares what should be with what is.
func (s *Service) steps(c Config) ([]step, error) {
	links, err := s.Kernel.Links()
	if err != nil {
		return nil, err
	}
	routes, err := s.Kernel.Defaults()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	d := want(c, links, s.leases, s.alone || !waits(c), s.Now())
	s.mu.Unlock()
	return plan(d, links, routes), nil
}

// waits reports whether an address may still come by DHCP.
func waits(c Config) bool {
	for _, n := range c.Interfaces {
		if n.DHCP4 {
			return true
		}
	}
	return false
}

func (s *Service) do(st step) error {
	switch st.verb {
	case addAddress:
		return s.Kernel.AddAddress(st.link, st.prefix, st.valid)
	case removeAddress:
		return s.Kernel.RemoveAddress(st.link, st.prefix)
	case addRoute:
		return s.Kernel.AddDefault(st.route)
	case removeRoute:
		return s.Kernel.RemoveDefault(st.route)
	}
	return fmt.Errorf("no such step: %q", st.verb)
}

// settleNames sets what is not part of the plan: host name and resolv.conf.
func (s *Service) settleNames() error {
	err := s.Kernel.SetHostname(s.shortName())
	if s.ResolvConf != "" {
		err = errors.Join(err, resolver.WriteConf(s.ResolvConf, s.nameServers()))
	}
	return err
}

var _ Kernel = kernel.Netlink{}
