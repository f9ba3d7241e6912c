// SPDX-License-Identifier: Apache-2.0

package network

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"understudy/appliance/base/network/kernel"
)

// effect is the part of a configuration that decides who can reach the box:
// a set of sentences' cores, each with the card it is about.
func effect(c Config) map[string]bool {
	e := map[string]bool{}
	for _, n := range c.Interfaces {
		for _, p := range n.prefixes(true) {
			e[fmt.Sprintf("%s on %s", p, n.Name)] = true
		}
		if n.DHCP4 {
			e["DHCP on "+n.Name] = true
		}
		if n.DHCP6 {
			e["router advertisements on "+n.Name] = true
		}
	}
	for _, g := range []string{c.Gateway4, c.Gateway6} {
		if g != "" {
			e["gateway "+g] = true
		}
	}
	return e
}

// cutsOff reports whether a change can leave somebody without a connection.
func cutsOff(before, after Config) bool { return !maps.Equal(effect(before), effect(after)) }

// describe says in a sentence or two what a change does, for the person who is
// to confirm it. silent are gateways that do not answer.
func describe(before, after Config, via netip.Addr, silent []netip.Addr) string {
	was, is := effect(before), effect(after)
	var parts []string
	for _, p := range slices.Sorted(maps.Keys(is)) {
		if !was[p] {
			parts = append(parts, "adds "+p)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(was)) {
		if !is[p] {
			parts = append(parts, "removes "+p)
		}
	}
	for _, other := range []struct {
		name      string
		different bool
	}{
		{"the host name", before.Hostname != after.Hostname},
		{"name servers", !slices.Equal(before.DNS, after.DNS)},
		{"time servers", !slices.Equal(before.NTP, after.NTP)},
		{"the public HTTPS port", before.PublicPort != after.PublicPort},
	} {
		if other.different {
			parts = append(parts, "changes "+other.name)
		}
	}
	if len(parts) == 0 {
		return "Changes nothing that is in use."
	}
	text := strings.Join(parts, "; ") + "."
	text = strings.ToUpper(text[:1]) + text[1:]
	if via.IsValid() && hasAddress(before, via) && !hasAddress(after, via) {
		text += fmt.Sprintf(" You are connected by %s, which this takes away: come back by another address to confirm.", via)
	}
	for _, g := range silent {
		text += fmt.Sprintf(" The gateway %s does not answer.", g)
	}
	return text
}

// hasAddress reports whether an address is configured and enabled.
func hasAddress(c Config, a netip.Addr) bool {
	for _, n := range c.Interfaces {
		for _, p := range n.prefixes(true) {
			if p.Addr() == a {
				return true
			}
		}
	}
	return false
}

// keepsAWayIn refuses a change after which the only address left would be the
// factory's, unless that is where the person is: nobody could confirm it.
func keepsAWayIn(before, after Config, links []kernel.Link, via netip.Addr) error {
	factory := netip.MustParsePrefix(FactoryAddress).Addr()
	if waysIn(after, links) > 0 || waysIn(before, links) == 0 || via == factory {
		return nil
	}
	return &InvalidError{Fields: map[string]string{"interfaces": fmt.Sprintf(
		"This would leave no address but %s, so nobody could confirm it. Keep one address enabled, or DHCP or router advertisements on.", FactoryAddress)}}
}

// waysIn counts what can give the box an address besides the factory's, on the
// cards that it has now.
func waysIn(c Config, links []kernel.Link) int {
	c.Interfaces = slices.DeleteFunc(slices.Clone(c.Interfaces), func(n Interface) bool {
		_, there := linkNamed(links, n.Name)
		return !there
	})
	n := len(effectiveAddresses(c))
	for _, i := range c.Interfaces {
		if i.DHCP4 || i.DHCP6 {
			n++
		}
	}
	return n
}
