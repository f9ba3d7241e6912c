// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"

	"understudy/appliance/base/network"
	"understudy/appliance/layout"
)

// unusableNetwork says, a sentence each, what of a seed's network the pages
// would refuse: whoever changed anything there would have to put it right first.
// Gateways are left out, as they may lie in what DHCP brings.
func unusableNetwork(s layout.Seed) (problems []string) {
	c := network.Config{Hostname: cmp.Or(s.Hostname, "understudy"), DNS: s.Network.DNS, NTP: s.Network.NTP}
	var cards []string
	for i, n := range s.Network.Interfaces {
		card := network.Interface{Name: cardName(n)}
		for j, a := range n.Addresses {
			id := fmt.Sprintf("%d-%d", i, j)
			card.Addresses = append(card.Addresses, network.Address{ID: id, CIDR: a, Factory: a == network.FactoryAddress})
		}
		c.Interfaces, cards = append(c.Interfaces, card), append(cards, card.Name)
	}
	var bad *network.InvalidError
	if !errors.As(network.Validate(c, network.Surroundings{Known: cards}), &bad) {
		return nil
	}
	for _, field := range slices.Sorted(maps.Keys(bad.Fields)) {
		problems = append(problems, seedEntry(field)+": "+bad.Fields[field])
	}
	return problems
}

// cardName stands for a card until it is known which one it is: a MAC address
// that is written otherwise is the same card.
func cardName(n layout.SeedInterface) string {
	if mac, err := net.ParseMAC(n.MAC); err == nil {
		return mac.String()
	}
	return n.Name
}

var listIndex = regexp.MustCompile(`\[(\d+)\]`)

// seedEntry is the entry of a seed that a field of the network's configuration
// comes from. Those of a list count from 1 there.
func seedEntry(field string) string {
	if field == "hostname" {
		return field
	}
	return "network." + listIndex.ReplaceAllStringFunc(field, func(index string) string {
		n, _ := strconv.Atoi(index[1 : len(index)-1])
		return fmt.Sprintf("[%d]", n+1)
	})
}
