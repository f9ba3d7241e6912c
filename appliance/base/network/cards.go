// SPDX-License-Identifier: Apache-2.0

package network

import (
	"slices"

	"understudy/appliance/base/network/kernel"
)

// complete fits a configuration to the cards of this machine: each is found by
// its MAC address, else by its name; cards that are new get an entry of their
// own, switched off. Entries of cards that are gone stay, unless another card
// has their name now.
func complete(c Config, links []kernel.Link) Config {
	c = c.clone()
	claimed := make([]bool, len(c.Interfaces)) // entries that have a card
	taken := map[string]bool{}                 // cards that have an entry
	claim := func(same func(Interface, kernel.Link) bool) {
		for _, l := range links {
			for i, n := range c.Interfaces {
				if !taken[l.Name] && !claimed[i] && same(n, l) {
					c.Interfaces[i].Name, c.Interfaces[i].MAC = l.Name, l.MAC
					taken[l.Name], claimed[i] = true, true
				}
			}
		}
	}
	claim(func(n Interface, l kernel.Link) bool { return n.MAC != "" && n.MAC == l.MAC })
	claim(func(n Interface, l kernel.Link) bool { return n.Name == l.Name })
	kept := c.Interfaces[:0]
	for i, n := range c.Interfaces {
		if claimed[i] || !taken[n.Name] {
			kept = append(kept, n)
		}
	}
	c.Interfaces = kept
	for _, l := range links {
		if !taken[l.Name] {
			c.Interfaces = append(c.Interfaces, Interface{Name: l.Name, MAC: l.MAC, Addresses: []Address{}})
		}
	}
	return withFactory(c)
}

// cardNames lists the cards that exist.
func cardNames(links []kernel.Link) []string {
	var out []string
	for _, l := range links {
		out = append(out, l.Name)
	}
	return out
}

// linkNamed finds a card; false if it is gone.
func linkNamed(links []kernel.Link, name string) (kernel.Link, bool) {
	i := slices.IndexFunc(links, func(l kernel.Link) bool { return l.Name == name })
	if i < 0 {
		return kernel.Link{}, false
	}
	return links[i], true
}
