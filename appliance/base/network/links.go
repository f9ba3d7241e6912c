// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"net/netip"
	"slices"

	"understudy/appliance/base/network/kernel"
)

// Source says where an address comes from.
type Source string

// Sources of addresses.
const (
	FromConfig    Source = "static"
	FromDHCP      Source = "dhcp"
	FromRouter    Source = "router" // IPv6, by router advertisement
	FromLink      Source = "link-local"
	FromFactory   Source = "factory"
	fromElsewhere Source = "other"
)

// Link is a card as it is now.
type Link struct {
	Name      string
	MAC       string
	Driver    string
	Up        bool // there is a cable with something at its other end
	SpeedMbps int  // 0: not known
	Duplex    string
	MTU       int // bytes
	Current   []Current
}

// Current is an address that a card has now.
type Current struct {
	CIDR      string
	Source    Source
	Duplicate bool // IPv6: another machine has it, so that it is not in use
}

// Links lists the cards and the addresses they have now, whatever the
// configuration says.
func (s *Service) Links(ctx context.Context) ([]Link, error) {
	list, err := s.Kernel.Links()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	c := s.config
	s.mu.Unlock()
	var out []Link
	for _, l := range list {
		card := Link{Name: l.Name, MAC: l.MAC, Driver: l.Driver, Up: l.Carrier, SpeedMbps: l.SpeedMbps, Duplex: l.Duplex, MTU: l.MTU}
		for _, a := range l.Addresses {
			card.Current = append(card.Current, Current{CIDR: a.Prefix.String(), Source: sourceOf(c, l.Name, a), Duplicate: a.Duplicate})
		}
		slices.SortStableFunc(card.Current, func(a, b Current) int { return rank(a.Source) - rank(b.Source) })
		out = append(out, card)
	}
	return out, nil
}

// rank puts the addresses people use before those that every card has.
func rank(s Source) int {
	return slices.Index([]Source{FromConfig, FromDHCP, FromRouter, fromElsewhere, FromFactory, FromLink}, s)
}

func sourceOf(c Config, name string, a kernel.Address) Source {
	switch {
	case a.Prefix.String() == FactoryAddress:
		return FromFactory
	case a.Prefix.Addr().Is4() && a.Valid != 0:
		return FromDHCP
	case a.Prefix.Addr().Is6() && a.Prefix.Addr().IsLinkLocalUnicast():
		return FromLink
	}
	for _, n := range c.Interfaces {
		if n.Name == name && slices.Contains(n.prefixes(true), a.Prefix) {
			return FromConfig
		}
	}
	if a.Prefix.Addr().Is6() {
		return FromRouter
	}
	return fromElsewhere
}

// Addresses are the addresses by which other machines reach the box now,
// those that people use first.
func (s *Service) Addresses(ctx context.Context) ([]netip.Addr, error) {
	links, err := s.Links(ctx)
	if err != nil {
		return nil, err
	}
	var out []netip.Addr
	for _, l := range links {
		for _, a := range l.Current {
			p, err := netip.ParsePrefix(a.CIDR)
			if err == nil && a.Source != FromLink && !a.Duplicate {
				out = append(out, p.Addr())
			}
		}
	}
	return out, nil
}

// Settled waits until the box has an address of its own, until DHCP had its
// chance, or until ctx ends.
func (s *Service) Settled(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for changed := s.Watch(ctx); ; {
		s.mu.Lock()
		settled := s.alone || len(s.held()) > 0 || len(effectiveAddresses(s.config)) > 0
		s.mu.Unlock()
		if settled {
			return
		}
		if _, open := <-changed; !open {
			return
		}
	}
}

// effectiveAddresses are the static addresses in use, the factory's aside.
func effectiveAddresses(c Config) []netip.Prefix {
	var out []netip.Prefix
	for _, n := range c.Interfaces {
		for _, p := range n.prefixes(true) {
			if p.String() != FactoryAddress {
				out = append(out, p)
			}
		}
	}
	return out
}
