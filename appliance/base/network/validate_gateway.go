// SPDX-License-Identifier: Apache-2.0

package network

import (
	"net/netip"
)

// checkGateway wants a machine that the box can reach without a gateway.
func checkGateway(p problems, field, value, family string, c Config, s Surroundings) {
	if value == "" {
		return
	}
	a, err := netip.ParseAddr(value)
	switch {
	case err != nil:
		p.add(field, "%.60q is not an IP address.", value)
		return
	case a.Is4() != (family == "IPv4") || a.Is4In6():
		p.add(field, "%s is not an %s address.", a, family)
		return
	case a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a.Is4() && a.As4()[0] >= 240:
		p.add(field, "%s is not the address of a gateway.", a)
		return
	case a.Is6() && a.IsLinkLocalUnicast():
		checkLinkLocalGateway(p, field, a, c)
		return
	}
	reachable := false
	for _, n := range c.Interfaces {
		for _, own := range n.prefixes(false) {
			if own.Addr() == a {
				p.add(field, "%s is an address of this appliance itself.", a)
				return
			}
		}
		for _, own := range n.prefixes(true) {
			reachable = reachable || own.Contains(a)
		}
	}
	for _, lease := range s.Leases {
		reachable = reachable || lease.Contains(a)
	}
	if !reachable {
		p.add(field, "%s is in none of the subnets of the enabled addresses, so the appliance could not reach it.", a)
	}
}

// checkLinkLocalGateway wants the card named where there are several: every
// card has the same link-local subnet.
func checkLinkLocalGateway(p problems, field string, a netip.Addr, c Config) {
	if a.Zone() == "" {
		if len(c.Interfaces) > 1 {
			p.add(field, "Say on which card %s is, as in %s%%%s.", a, a, c.Interfaces[0].Name)
		}
		return
	}
	for _, n := range c.Interfaces {
		if n.Name == a.Zone() {
			return
		}
	}
	p.add(field, "There is no network card called %.20q.", a.Zone())
}
