// SPDX-License-Identifier: Apache-2.0

package network

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"understudy/appliance/base/network/kernel"
	"understudy/appliance/layout"
)

// firstConfig is the configuration of a box that has none yet: what the seed
// says, else DHCP and router advertisements on every card. missing names what
// the seed configures and this machine does not have.
func firstConfig(seed layout.Seed, links []kernel.Link) (c Config, missing []string) {
	n := seed.Network
	c = Config{Hostname: seed.Hostname, Gateway4: n.Gateway4, Gateway6: n.Gateway6,
		DNS: n.DNS, NTP: n.NTP, PublicPort: seed.HTTPS.PublicPort}
	found := make([]bool, len(n.Interfaces))
	for _, l := range links {
		card := Interface{Name: l.Name, MAC: l.MAC}
		if i := slices.IndexFunc(n.Interfaces, func(s layout.SeedInterface) bool { return names(s, l) }); i >= 0 {
			found[i] = true
			card.DHCP4, card.DHCP6 = n.Interfaces[i].DHCP, n.Interfaces[i].DHCP
			for _, a := range n.Interfaces[i].Addresses {
				card.Addresses = append(card.Addresses, Address{CIDR: a, Enabled: true})
			}
		}
		c.Interfaces = append(c.Interfaces, card)
	}
	for i, s := range n.Interfaces {
		if !found[i] {
			missing = append(missing, s.Name+s.MAC)
		}
	}
	// A seed that fits no card at all was made for another machine: this one
	// must be reachable all the same.
	if !slices.Contains(found, true) {
		for i := range c.Interfaces {
			c.Interfaces[i].DHCP4, c.Interfaces[i].DHCP6 = true, true
		}
	}
	if c.Hostname == "" {
		c.Hostname = defaultHostname(links)
	}
	// The seed has no way to name the card of a link-local gateway.
	if a, err := netip.ParseAddr(c.Gateway6); err == nil && a.IsLinkLocalUnicast() && len(links) > 0 {
		used := slices.IndexFunc(c.Interfaces, func(n Interface) bool { return n.DHCP4 || len(n.Addresses) > 0 })
		c.Gateway6 = a.WithZone(links[max(used, 0)].Name).String()
	}
	return withFactory(c.normal()), missing
}

// names reports whether an entry of the seed means this card.
func names(s layout.SeedInterface, l kernel.Link) bool {
	if s.MAC == "" {
		return s.Name == l.Name
	}
	mac, err := net.ParseMAC(s.MAC)
	return err == nil && mac.String() == l.MAC
}

// defaultHostname tells boxes apart that nobody named.
func defaultHostname(links []kernel.Link) string {
	if len(links) == 0 {
		return "understudy"
	}
	mac := strings.ReplaceAll(links[0].MAC, ":", "")
	return "understudy-" + mac[max(len(mac)-6, 0):]
}

// withFactory makes sure that exactly one address is marked as the factory's.
func withFactory(c Config) Config {
	have := false
	for _, n := range c.Interfaces {
		for j, a := range n.Addresses {
			n.Addresses[j].Factory = a.CIDR == FactoryAddress && !have
			have = have || n.Addresses[j].Factory
		}
	}
	if !have && len(c.Interfaces) > 0 {
		first := &c.Interfaces[0]
		first.Addresses = append(first.Addresses, Address{CIDR: FactoryAddress, Factory: true})
		c.number()
	}
	return c
}
