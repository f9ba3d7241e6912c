// SPDX-License-Identifier: Apache-2.0

package network

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"time"

	"understudy/appliance/base/network/dhcp"
	"understudy/appliance/base/network/kernel"
)

// held is what is known of the lease on a card.
type held struct {
	lease dhcp.Lease
	since time.Time
	valid bool // there is a lease
}

// leases by card. A card that is missing has not been heard of since the
// program started: whatever lease the kernel still has there is left to it.
type leases map[string]held

// ever is how long a lease for ever lasts, 68 years: addresses that expire are
// how the kernel tells those of leases from those that somebody configured.
const ever = math.MaxInt32 * time.Second

// left is how long the address of a lease may still be used.
func (h held) left(now time.Time) time.Duration {
	return max(cmp.Or(h.lease.Duration, ever)-now.Sub(h.since), time.Second)
}

// desired is what the kernel should have.
type desired struct {
	cards  map[string]card
	routes []kernel.Route
	// fallback is set where the factory address is in use because there is
	// nothing else.
	fallback bool
}

type card struct {
	addresses []wanted
	keepLease bool // IPv4 addresses that expire by themselves are not ours to judge yet
	routers   bool // router advertisements are welcome
}

type wanted struct {
	prefix netip.Prefix
	valid  time.Duration // 0: for ever
}

// want works out from the configuration, the cards there are and the leases
// they hold what the kernel should have. Without any address the factory
// address is used once alone is set, which is when DHCP had its chance.
func want(c Config, links []kernel.Link, held leases, alone bool, now time.Time) desired {
	d := desired{cards: map[string]card{}}
	addressed := false
	for _, n := range c.Interfaces {
		l, there := linkNamed(links, n.Name)
		if !there {
			continue
		}
		k := card{routers: n.DHCP6}
		addressed = addressed || k.routers && advertised(l)
		for _, p := range n.prefixes(true) {
			k.addresses = append(k.addresses, wanted{prefix: p})
			addressed = addressed || p.String() != FactoryAddress
		}
		if n.DHCP4 {
			h, heard := held[n.Name]
			k.keepLease = !heard
			if h.valid && !slices.ContainsFunc(k.addresses, func(w wanted) bool { return w.prefix == h.lease.Address }) {
				k.addresses = append(k.addresses, wanted{h.lease.Address, h.left(now)})
			}
			addressed = addressed || h.valid
		}
		d.cards[n.Name] = k
	}
	if name := factoryCard(c, links); !addressed && alone && name != "" {
		d.fallback = true
		k, p := d.cards[name], netip.MustParsePrefix(FactoryAddress)
		if !slices.ContainsFunc(k.addresses, func(w wanted) bool { return w.prefix == p }) {
			k.addresses = append(k.addresses, wanted{prefix: p})
		}
		d.cards[name] = k
	}
	d.routes = routes(c, d, held)
	return d
}

// advertised reports whether a card has an address by router advertisement that
// other machines reach.
func advertised(l kernel.Link) bool {
	return slices.ContainsFunc(l.Addresses, func(a kernel.Address) bool {
		ip := a.Prefix.Addr()
		return ip.Is6() && !ip.IsLinkLocalUnicast() && a.Valid != 0 && !a.Duplicate
	})
}

// factoryCard is the card that carries the factory address: the one that the
// configuration gives it to or, with that gone, the first with a cable.
func factoryCard(c Config, links []kernel.Link) string {
	for _, n := range c.Interfaces {
		for _, a := range n.Addresses {
			if a.Factory && slices.ContainsFunc(links, func(l kernel.Link) bool { return l.Name == n.Name }) {
				return n.Name
			}
		}
	}
	for _, l := range links {
		if l.Carrier {
			return l.Name
		}
	}
	if len(links) > 0 {
		return links[0].Name
	}
	return ""
}

// routes are the default routes that belong to a configuration. A gateway
// that somebody set stands instead of those that DHCP names.
func routes(c Config, d desired, held leases) []kernel.Route {
	var out []kernel.Route
	if g, err := netip.ParseAddr(c.Gateway4); err == nil {
		if name := cardTo(g, c, d); name != "" {
			out = append(out, kernel.Route{Link: name, Gateway: g, Origin: kernel.Static})
		}
	} else {
		for _, n := range c.Interfaces {
			if h := held[n.Name]; h.valid && n.DHCP4 && h.lease.Router.IsValid() {
				out = append(out, kernel.Route{Link: n.Name, Gateway: h.lease.Router, Origin: kernel.Lease})
			}
		}
	}
	if g, err := netip.ParseAddr(c.Gateway6); err == nil {
		if name := cardTo(g, c, d); name != "" {
			out = append(out, kernel.Route{Link: name, Gateway: g.WithZone(""), Origin: kernel.Static})
		}
	}
	return out
}

// cardTo is the card whose subnet holds a gateway, "" if none does.
func cardTo(g netip.Addr, c Config, d desired) string {
	for _, n := range c.Interfaces {
		k, present := d.cards[n.Name]
		if !present {
			continue
		}
		if g.Is6() && g.IsLinkLocalUnicast() && (g.Zone() == "" || g.Zone() == n.Name) {
			return n.Name
		}
		for _, w := range k.addresses {
			if w.prefix.Contains(g) {
				return n.Name
			}
		}
	}
	return ""
}
