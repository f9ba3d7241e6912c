// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"understudy/appliance/base/network/kernel"
)

// maxProbes is how many questions are asked at the same time; each has a socket
// of its own and takes less than a second.
const maxProbes = 64

// askAround asks the network about a configuration before it is in force: an
// address that a change enables must not be somebody else's. It returns the
// gateways that the change sets and that nobody answers for. Where there is no
// cable nobody can be asked, and nothing is held against the change.
func (s *Service) askAround(ctx context.Context, before, after Config, links []kernel.Link) (silent []netip.Addr, err error) {
	p := problems{}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(maxProbes)
	ask := func(card string, a netip.Addr, then func(owner string)) {
		group.Go(func() error {
			owner, err := s.Kernel.Probe(ctx, card, a)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			then(owner.String())
			return nil
		})
	}
	for i, n := range after.Interfaces {
		l, _ := linkNamed(links, n.Name)
		if !l.Carrier {
			continue
		}
		for j, a := range n.Addresses {
			prefix, err := netip.ParsePrefix(a.CIDR)
			if err != nil || !a.Enabled || onCard(l, prefix.Addr()) || onAny(links, prefix.Addr()) {
				continue
			}
			ask(n.Name, prefix.Addr(), func(owner string) {
				if owner != "" {
					p.add(fmt.Sprintf("interfaces[%d].addresses[%d]", i, j),
						"%s is used by another machine, whose network card is %s.", prefix.Addr(), owner)
				}
			})
		}
	}
	for _, r := range newRoutes(before, after, links) {
		if l, _ := linkNamed(links, r.Link); l.Carrier {
			ask(r.Link, r.Gateway, func(owner string) {
				if owner == "" {
					silent = append(silent, r.Gateway)
				}
			})
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(silent, netip.Addr.Compare)
	return silent, p.err()
}

// newRoutes are the gateways that somebody set and that were not set before.
func newRoutes(before, after Config, links []kernel.Link) []kernel.Route {
	var out []kernel.Route
	d := desired{cards: map[string]card{}}
	for _, n := range after.Interfaces {
		var k card
		for _, p := range n.prefixes(true) {
			k.addresses = append(k.addresses, wanted{prefix: p})
		}
		if l, there := linkNamed(links, n.Name); there {
			for _, a := range l.Addresses {
				k.addresses = append(k.addresses, wanted{prefix: a.Prefix})
			}
			d.cards[n.Name] = k
		}
	}
	for _, r := range routes(after, d, nil) {
		if g := r.Gateway.String(); g != before.Gateway4 && g != before.Gateway6 {
			out = append(out, r)
		}
	}
	return out
}

// onCard reports whether a card has an address now.
func onCard(l kernel.Link, a netip.Addr) bool {
	return slices.ContainsFunc(l.Addresses, func(have kernel.Address) bool { return have.Prefix.Addr() == a })
}

// onAny reports whether the box itself has an address, on whatever card.
func onAny(links []kernel.Link, a netip.Addr) bool {
	return slices.ContainsFunc(links, func(l kernel.Link) bool { return onCard(l, a) })
}
