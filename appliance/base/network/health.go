// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"understudy/appliance/base/network/kernel"
	"understudy/appliance/health"
)

// Codes of the warnings this package gives.
const (
	CodeFallback  = "network.fallback"
	CodeGateway   = "network.gateway"
	CodeDuplicate = "network.duplicate"
	CodeCable     = "network.cable"
)

// page is where all of it is put right.
const page = "/appliance/networking/ip"

// Checks are the health checks of the network. Those that ask neighbours run
// less often.
func (s *Service) Checks() []health.Check {
	return []health.Check{
		{Code: CodeFallback, Every: 15 * time.Second, Run: s.checkFallback},
		{Code: CodeCable, Every: 15 * time.Second, Run: s.checkCables},
		{Code: CodeGateway, Every: time.Minute, Run: s.checkGateways},
		{Code: CodeDuplicate, Every: 5 * time.Minute, Run: s.checkDuplicates},
	}
}

// now is the configuration in force and what the kernel has.
func (s *Service) now() (Config, []kernel.Link, error) {
	links, err := s.Kernel.Links()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config, links, err
}

func (s *Service) checkFallback(context.Context) *health.Warning {
	c, links, err := s.now()
	if err != nil {
		return nil
	}
	s.mu.Lock()
	d := want(c, links, s.leases, s.alone || !waits(c), s.Now())
	s.mu.Unlock()
	if !d.fallback {
		return nil
	}
	text := fmt.Sprintf("The appliance has no address of its own and answers only at %s.", netip.MustParsePrefix(FactoryAddress).Addr())
	if waits(c) {
		text = fmt.Sprintf("No DHCP server answered, so the appliance answers only at %s.", netip.MustParsePrefix(FactoryAddress).Addr())
	}
	return &health.Warning{Code: CodeFallback, Severity: health.Warn, Text: text,
		Fix: "Connect a laptop by cable and give the appliance an address, or connect it to a network with DHCP.", FixURL: page}
}

func (s *Service) checkCables(context.Context) *health.Warning {
	c, links, err := s.now()
	if err != nil {
		return nil
	}
	var missing []string
	for _, n := range c.Interfaces {
		l, there := linkNamed(links, n.Name)
		used := len(n.prefixes(true)) > 0
		if used && (!there || !l.Carrier) {
			missing = append(missing, n.Name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &health.Warning{Code: CodeCable, Severity: health.Warn,
		Text: fmt.Sprintf("%s has addresses but no connection.", strings.Join(missing, ", ")),
		Fix:  "Check the cable and the switch, or disable the addresses.", FixURL: page}
}

func (s *Service) checkGateways(ctx context.Context) *health.Warning {
	routes, err := s.Kernel.Defaults()
	if err != nil {
		return nil
	}
	var silent []string
	for _, r := range routes {
		if r.Origin != kernel.Static && r.Origin != kernel.Lease {
			continue
		}
		if owner, err := s.Kernel.Probe(ctx, r.Link, r.Gateway); err == nil && owner == nil {
			silent = append(silent, r.Gateway.String())
		}
	}
	if len(silent) == 0 {
		return nil
	}
	return &health.Warning{Code: CodeGateway, Severity: health.Warn,
		Text: fmt.Sprintf("The gateway %s does not answer: nothing outside the local network can be reached.", strings.Join(silent, ", ")),
		Fix:  "Check that the gateway's address is right and that it is switched on.", FixURL: page}
}

func (s *Service) checkDuplicates(ctx context.Context) *health.Warning {
	c, links, err := s.now()
	if err != nil {
		return nil
	}
	var taken []string
	for _, n := range c.Interfaces {
		l, _ := linkNamed(links, n.Name)
		for _, p := range n.prefixes(true) {
			unused := slices.ContainsFunc(l.Addresses, func(a kernel.Address) bool { return a.Prefix == p && a.Duplicate })
			if !l.Carrier || !onCard(l, p.Addr()) || !p.Addr().Is4() && !unused {
				continue
			}
			owner, err := s.Kernel.Probe(ctx, n.Name, p.Addr())
			switch {
			case err == nil && owner != nil:
				taken = append(taken, fmt.Sprintf("%s (card %s)", p.Addr(), owner))
			case unused && (err != nil || s.renew(ctx, n.Name, p) != nil):
				taken = append(taken, p.Addr().String())
			}
		}
	}
	if len(taken) == 0 {
		return nil
	}
	return &health.Warning{Code: CodeDuplicate, Severity: health.Critical,
		Text: fmt.Sprintf("Another machine uses an address of this appliance: %s.", strings.Join(taken, ", ")),
		Fix:  "Give one of the two another address.", FixURL: page}
}

// renew gives a card an address anew that the kernel does not use since another
// machine had it: the kernel itself does not look again.
func (s *Service) renew(ctx context.Context, card string, p netip.Prefix) error {
	s.applying.Lock()
	err := s.Kernel.RemoveAddress(card, p)
	s.applying.Unlock()
	return errors.Join(err, s.reconcile(ctx))
}
