// SPDX-License-Identifier: Apache-2.0

package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Limits of a configuration: more than anybody needs, few enough to show on a
// page and to probe in a second.
const (
	maxInterfaces = 16
	maxAddresses  = 32
	maxServers    = 8
)

// Surroundings is what validation needs to know besides the configuration.
type Surroundings struct {
	Cards  []string       // names of the cards that exist
	Known  []string       // names of cards that the present configuration has; one may be unplugged
	Leases []netip.Prefix // addresses by DHCP, on cards that keep DHCP
}

// Validate says everything that is wrong with c, as an *InvalidError, or nil.
// What cannot be known without asking the network, such as whether an address
// is taken, is not its business.
func Validate(c Config, s Surroundings) error {
	p := problems{}
	checkHostname(p, c.Hostname)
	if c.PublicPort < 0 || c.PublicPort > 65535 {
		p.add("publicPort", "%d is not a port: ports are numbers from 1 to 65535.", c.PublicPort)
	}
	checkInterfaces(p, c, s)
	checkGateway(p, "gateway4", c.Gateway4, "IPv4", c, s)
	checkGateway(p, "gateway6", c.Gateway6, "IPv6", c, s)
	checkServers(p, "dns", c.DNS, checkDNS)
	checkServers(p, "ntp", c.NTP, checkNTP)
	return p.err()
}

func checkInterfaces(p problems, c Config, s Surroundings) {
	if len(c.Interfaces) > maxInterfaces {
		p.add("interfaces", "%d cards are more than the %d that can be configured.", len(c.Interfaces), maxInterfaces)
		return
	}
	names, owners, ids := map[string]bool{}, map[netip.Addr]string{}, map[string]bool{}
	factory := 0
	for i, n := range c.Interfaces {
		field := fmt.Sprintf("interfaces[%d]", i)
		switch {
		case names[n.Name]:
			p.add(field+".name", "The card %s is configured twice.", n.Name)
		case !slices.Contains(s.Cards, n.Name) && !slices.Contains(s.Known, n.Name):
			p.add(field+".name", "There is no network card called %.20q. This appliance has %s.", n.Name, strings.Join(s.Cards, ", "))
		}
		names[n.Name] = true
		if len(n.Addresses) > maxAddresses {
			p.add(field+".addresses", "%d addresses are more than the %d that one card can have.", len(n.Addresses), maxAddresses)
			continue
		}
		for j, a := range n.Addresses {
			at := fmt.Sprintf("%s.addresses[%d]", field, j)
			checkAddress(p, at, a, owners)
			switch {
			case !validID(a.ID):
				p.add(at, "%.20q is not an id: leave it out for a new address.", a.ID)
			case ids[a.ID]:
				p.add(at, "The id %.20q is used twice.", a.ID)
			}
			ids[a.ID] = true
			if a.Factory {
				factory++
			}
		}
	}
	if factory != 1 && len(s.Cards) > 0 {
		p.add("interfaces", "The factory address %s cannot be deleted: it is the way in when nothing else works. It can be disabled.", FactoryAddress)
	}
}

// checkAddress looks at one address; owners remembers those seen before.
func checkAddress(p problems, field string, a Address, owners map[netip.Addr]string) {
	prefix, problem := readCIDR(a.CIDR)
	if problem == "" {
		problem = hostProblem(prefix)
	}
	switch {
	case problem != "":
		p.add(field, "%s", problem)
		return
	case a.Factory && a.CIDR != FactoryAddress:
		p.add(field, "The factory address is %s and cannot be changed. Add another address beside it.", FactoryAddress)
	case !a.Factory && a.CIDR == FactoryAddress:
		p.add(field, "%s is the factory address, which this appliance has already.", FactoryAddress)
	case owners[prefix.Addr()] != "":
		p.add(field, "%s is listed twice.", prefix.Addr())
	}
	owners[prefix.Addr()] = field
}

// readCIDR tells a missing mask from a nonsense mask and from no address.
func readCIDR(s string) (p netip.Prefix, problem string) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, ""
	}
	address, mask, found := strings.Cut(s, "/")
	a, err := netip.ParseAddr(address)
	switch {
	case err != nil || a.Zone() != "":
		return p, fmt.Sprintf("%.60q is not an IP address with a mask, such as 192.0.2.10/24.", s)
	case !found || mask == "":
		return p, fmt.Sprintf("%s has no mask. Add it behind a slash, as in %s/%d.", a, a, a.BitLen()/4*3)
	}
	return p, fmt.Sprintf("%.40q is not a mask: a mask is a number of bits from 1 to %d, or ones followed by zeros such as 255.255.255.0.", mask, a.BitLen())
}

// hostProblem says why no machine can have this address, or nothing.
func hostProblem(p netip.Prefix) string {
	a := p.Addr()
	least := 8
	if a.Is6() {
		least = 16
	}
	switch {
	case p.Bits() < least:
		return fmt.Sprintf("/%d is not the mask of a network: no network is that large.", p.Bits())
	case a.Is4In6():
		return fmt.Sprintf("Write the IPv4 address as %s.", a.Unmap())
	case a.IsUnspecified() || a.Is4() && a.As4()[0] == 0:
		return fmt.Sprintf("%s stands for no address.", a)
	case a.IsLoopback():
		return fmt.Sprintf("%s is a loopback address: it never leaves the machine.", a)
	case a.IsMulticast():
		return fmt.Sprintf("%s is a multicast address: it belongs to a group, not to a machine.", a)
	case a.Is4() && a.As4()[0] >= 240:
		return fmt.Sprintf("%s is in a range that no machine can use.", a)
	case a.Is6() && a.IsLinkLocalUnicast():
		return fmt.Sprintf("%s is link-local: every card makes its own.", a)
	}
	return edgeProblem(p)
}

// edgeProblem refuses the addresses at either end of a subnet that do not
// belong to a machine. Subnets of one or two addresses have no such ends.
func edgeProblem(p netip.Prefix) string {
	a, subnet := p.Addr(), p.Masked()
	if p.Bits() >= a.BitLen()-1 {
		return ""
	}
	if a == subnet.Addr() {
		if a.Is6() {
			return fmt.Sprintf("%s is the address of all routers of the subnet %s.", a, subnet)
		}
		return fmt.Sprintf("%s is the address of the network %s itself, not of a machine in it.", a, subnet)
	}
	if a.Is4() && (!a.Next().IsValid() || !subnet.Contains(a.Next())) {
		return fmt.Sprintf("%s is the broadcast address of the network %s.", a, subnet)
	}
	return ""
}
