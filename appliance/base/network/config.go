// SPDX-License-Identifier: Apache-2.0

package network

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Area is the name of the configuration in the book of revisions.
const Area = "network"

// FactoryAddress is where a box can be reached that has no other address: by a
// laptop on a direct cable.
const FactoryAddress = "169.254.1.1/16"

// Config is the configuration of the network as people set it.
type Config struct {
	Hostname   string      `json:"hostname"`             // RFC 1123, with or without a domain
	Interfaces []Interface `json:"interfaces"`           // in the order of the cards
	Gateway4   string      `json:"gateway4,omitempty"`   // overrides what DHCP says
	Gateway6   string      `json:"gateway6,omitempty"`   // overrides what routers advertise; a link-local one may name its card: fe80::1%eth1
	DNS        []string    `json:"dns"`                  // address or address:port; overrides DHCP
	NTP        []string    `json:"ntp"`                  // host or host:port; overrides DHCP
	PublicPort int         `json:"publicPort,omitempty"` // port that the redirect to HTTPS names; 0: 443
}

// Interface is the configuration of one card. It is found by its MAC address,
// or by its name where the address is not known or has changed.
type Interface struct {
	Name      string    `json:"name"`
	MAC       string    `json:"mac,omitempty"`
	DHCP4     bool      `json:"dhcp4"` // take an IPv4 address by DHCP
	DHCP6     bool      `json:"dhcp6"` // take IPv6 addresses as routers advertise them
	Addresses []Address `json:"addresses"`
}

// Address is one static address of a card.
type Address struct {
	ID      string `json:"id"`   // stable, unique in the configuration; empty for a new one
	CIDR    string `json:"cidr"` // "192.0.2.10/24"
	Enabled bool   `json:"enabled"`
	Factory bool   `json:"factory,omitempty"` // FactoryAddress: in use without being enabled where there is nothing else
}

// clone makes a copy that shares nothing with c.
func (c Config) clone() Config {
	c.Interfaces = slices.Clone(c.Interfaces)
	for i := range c.Interfaces {
		c.Interfaces[i].Addresses = slices.Clone(c.Interfaces[i].Addresses)
	}
	c.DNS, c.NTP = slices.Clone(c.DNS), slices.Clone(c.NTP)
	return c
}

// normal brings c into the one form in which it is stored and compared:
// addresses as they are printed, no spaces, no empty lines of forms, an id for
// every address. What cannot be read stays as it is, for validation to name.
func (c Config) normal() Config {
	c = c.clone()
	c.Hostname = strings.ToLower(strings.TrimSpace(c.Hostname))
	c.Gateway4, c.Gateway6 = normalAddr(c.Gateway4), normalAddr(c.Gateway6)
	c.DNS, c.NTP = normalList(c.DNS), normalList(c.NTP)
	if c.PublicPort == httpsPort {
		c.PublicPort = 0
	}
	if c.Interfaces == nil {
		c.Interfaces = []Interface{}
	}
	for i := range c.Interfaces {
		n := &c.Interfaces[i]
		n.Name, n.MAC = strings.TrimSpace(n.Name), strings.ToLower(strings.TrimSpace(n.MAC))
		n.Addresses = slices.DeleteFunc(n.Addresses, func(a Address) bool { return strings.TrimSpace(a.CIDR) == "" })
		if n.Addresses == nil {
			n.Addresses = []Address{}
		}
		for j := range n.Addresses {
			n.Addresses[j].CIDR = normalCIDR(n.Addresses[j].CIDR)
		}
	}
	c.number()
	return c
}

// number gives every address without an id the next one.
func (c Config) number() {
	last := 0
	for _, n := range c.Interfaces {
		for _, a := range n.Addresses {
			if id, err := strconv.Atoi(strings.TrimPrefix(a.ID, idPrefix)); err == nil {
				last = max(last, id)
			}
		}
	}
	for _, n := range c.Interfaces {
		for j := range n.Addresses {
			if n.Addresses[j].ID == "" {
				last++
				n.Addresses[j].ID = idPrefix + strconv.Itoa(last)
			}
		}
	}
}

const (
	idPrefix  = "a"
	httpsPort = 443
)

func normalList(list []string) []string {
	out := []string{}
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, strings.ToLower(s))
		}
	}
	return out
}

func normalAddr(s string) string {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String()
	}
	return s
}

// normalCIDR also accepts the mask in dotted form: 192.0.2.10/255.255.255.0.
func normalCIDR(s string) string {
	s = strings.Join(strings.Fields(s), "")
	address, mask, _ := strings.Cut(s, "/")
	if m, err := netip.ParseAddr(mask); err == nil && m.Is4() {
		if bits, ok := maskBits(m); ok {
			s = address + "/" + strconv.Itoa(bits)
		}
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.String()
	}
	return s
}

// maskBits counts the ones of a dotted mask; false if a one follows a zero.
func maskBits(m netip.Addr) (int, bool) {
	bits, ended := 0, false
	for _, b := range m.As4() {
		for i := 7; i >= 0; i-- {
			one := b>>i&1 == 1
			if one && ended {
				return 0, false
			}
			ended = ended || !one
			if one {
				bits++
			}
		}
	}
	return bits, true
}

// prefixes are the addresses of a configuration that can be read, by card.
func (n Interface) prefixes(enabled bool) []netip.Prefix {
	var out []netip.Prefix
	for _, a := range n.Addresses {
		if p, err := netip.ParsePrefix(a.CIDR); err == nil && (a.Enabled || !enabled) {
			out = append(out, p)
		}
	}
	return out
}

// sortFields orders the names of fields as a form has them.
func sortFields(names []string) []string {
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return names
}
