// SPDX-License-Identifier: Apache-2.0

package network

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"understudy/appliance/base/network/kernel"
	"understudy/appliance/layout"
)

var twoCards = []kernel.Link{{Name: "eth0", MAC: "02:00:00:00:00:01"}, {Name: "eth1", MAC: "02:00:00:00:00:0b"}}

func TestFirstConfiguration(t *testing.T) {
	factory := func(id string) Address { return Address{ID: id, CIDR: FactoryAddress, Factory: true} }
	for name, tc := range map[string]struct {
		seed    layout.Seed
		want    []Interface
		missing string
	}{
		"no seed": {layout.Seed{}, []Interface{
			{Name: "eth0", MAC: twoCards[0].MAC, DHCP4: true, DHCP6: true, Addresses: []Address{factory("a1")}},
			{Name: "eth1", MAC: twoCards[1].MAC, DHCP4: true, DHCP6: true, Addresses: []Address{}}}, ""},
		"by MAC": {layout.Seed{Network: layout.SeedNetwork{Interfaces: []layout.SeedInterface{{MAC: "02-00-00-00-00-0B", Addresses: []string{"192.0.2.10/24"}}}}}, []Interface{
			{Name: "eth0", MAC: twoCards[0].MAC, Addresses: []Address{factory("a2")}},
			{Name: "eth1", MAC: twoCards[1].MAC, Addresses: []Address{{ID: "a1", CIDR: "192.0.2.10/24", Enabled: true}}}}, ""},
		"by name, both": {layout.Seed{Network: layout.SeedNetwork{Interfaces: []layout.SeedInterface{{Name: "eth0", DHCP: true, Addresses: []string{"192.0.2.10/24"}}}}}, []Interface{
			{Name: "eth0", MAC: twoCards[0].MAC, DHCP4: true, DHCP6: true, Addresses: []Address{{ID: "a1", CIDR: "192.0.2.10/24", Enabled: true}, factory("a2")}},
			{Name: "eth1", MAC: twoCards[1].MAC, Addresses: []Address{}}}, ""},
		"for another machine": {layout.Seed{Network: layout.SeedNetwork{Interfaces: []layout.SeedInterface{{Name: "ens3", Addresses: []string{"192.0.2.10/24"}}}}}, []Interface{
			{Name: "eth0", MAC: twoCards[0].MAC, DHCP4: true, DHCP6: true, Addresses: []Address{factory("a1")}},
			{Name: "eth1", MAC: twoCards[1].MAC, DHCP4: true, DHCP6: true, Addresses: []Address{}}}, "ens3"},
		"factory address on purpose": {layout.Seed{Network: layout.SeedNetwork{Interfaces: []layout.SeedInterface{{Name: "eth1", Addresses: []string{FactoryAddress}}}}}, []Interface{
			{Name: "eth0", MAC: twoCards[0].MAC, Addresses: []Address{}},
			{Name: "eth1", MAC: twoCards[1].MAC, Addresses: []Address{{ID: "a1", CIDR: FactoryAddress, Enabled: true, Factory: true}}}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, missing := firstConfig(tc.seed, twoCards)
			if !reflect.DeepEqual(c.Interfaces, tc.want) || strings.Join(missing, ",") != tc.missing {
				t.Errorf("got  %+v, missing %v\nwant %+v", c.Interfaces, missing, tc.want)
			}
			if err := Validate(c, around); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFirstNames(t *testing.T) {
	c, _ := firstConfig(layout.Seed{}, twoCards)
	if c.Hostname != "understudy-000001" {
		t.Errorf("host name %q", c.Hostname)
	}
	if c, _ := firstConfig(layout.Seed{}, nil); c.Hostname != "understudy" || len(c.Interfaces) != 0 {
		t.Errorf("without cards: %+v", c)
	}
	seed := layout.Seed{Hostname: "Box", Network: layout.SeedNetwork{Gateway6: "fe80::1", DNS: []string{"10.0.2.2:5353"}, NTP: []string{"10.0.2.2:1123"},
		Interfaces: []layout.SeedInterface{{Name: "eth1", DHCP: true}}}, HTTPS: layout.SeedHTTPS{PublicPort: 8443}}
	c, _ = firstConfig(seed, twoCards)
	if c.Hostname != "box" || c.Gateway6 != "fe80::1%eth1" || c.PublicPort != 8443 || !slices.Equal(c.DNS, seed.Network.DNS) || !slices.Equal(c.NTP, seed.Network.NTP) {
		t.Errorf("%+v", c)
	}
	if err := Validate(c, around); err != nil {
		t.Error(err)
	}
}

// Cards change their names, come and go; what was configured for one must not
// end up on another.
func TestCardsAreFound(t *testing.T) {
	entry := func(name, mac, cidr string) Interface {
		return Interface{Name: name, MAC: mac, Addresses: []Address{{ID: cidr[:4], CIDR: cidr, Enabled: true}}}
	}
	link := func(name, mac string) kernel.Link { return kernel.Link{Name: name, MAC: mac} }
	for name, tc := range map[string]struct {
		entries []Interface
		links   []kernel.Link
		want    map[string]string // card: its address
	}{
		"as before":       {[]Interface{entry("eth0", "m0", "10.0.0.1/8"), entry("eth1", "m1", "11.0.0.1/8")}, []kernel.Link{link("eth0", "m0"), link("eth1", "m1")}, map[string]string{"eth0": "10.0.0.1/8", "eth1": "11.0.0.1/8"}},
		"names swapped":   {[]Interface{entry("eth0", "m0", "10.0.0.1/8"), entry("eth1", "m1", "11.0.0.1/8")}, []kernel.Link{link("eth0", "m1"), link("eth1", "m0")}, map[string]string{"eth0": "11.0.0.1/8", "eth1": "10.0.0.1/8"}},
		"card replaced":   {[]Interface{entry("eth0", "m0", "10.0.0.1/8")}, []kernel.Link{link("eth0", "m9")}, map[string]string{"eth0": "10.0.0.1/8"}},
		"card added":      {[]Interface{entry("eth0", "m0", "10.0.0.1/8")}, []kernel.Link{link("eth0", "m0"), link("eth1", "m1")}, map[string]string{"eth0": "10.0.0.1/8", "eth1": ""}},
		"card unplugged":  {[]Interface{entry("eth0", "m0", "10.0.0.1/8"), entry("eth1", "m1", "11.0.0.1/8")}, []kernel.Link{link("eth0", "m0")}, map[string]string{"eth0": "10.0.0.1/8", "eth1": "11.0.0.1/8"}},
		"first card gone": {[]Interface{entry("eth0", "m0", "10.0.0.1/8"), entry("eth1", "m1", "11.0.0.1/8")}, []kernel.Link{link("eth0", "m1")}, map[string]string{"eth0": "11.0.0.1/8"}},
		"another disk":    {[]Interface{entry("ens3", "m0", "10.0.0.1/8")}, []kernel.Link{link("eth0", "m0")}, map[string]string{"eth0": "10.0.0.1/8"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := complete(Config{Interfaces: tc.entries}, tc.links)
			got, factory := map[string]string{}, 0
			for _, n := range c.Interfaces {
				got[n.Name] = ""
				for _, a := range n.Addresses {
					if a.Factory {
						factory++
					} else {
						got[n.Name] = a.CIDR
					}
				}
			}
			if !reflect.DeepEqual(got, tc.want) || factory != 1 {
				t.Errorf("got %v with %d factory addresses, want %v", got, factory, tc.want)
			}
			if again := complete(c, tc.links); !reflect.DeepEqual(again, c) {
				t.Errorf("not stable: %+v", again)
			}
		})
	}
}

func TestWhatCutsOff(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Config)
		cuts   bool
		says   string
	}{
		"nothing":             {func(c *Config) {}, false, "Changes nothing"},
		"name servers":        {func(c *Config) { c.DNS = nil }, false, "Changes name servers."},
		"host name":           {func(c *Config) { c.Hostname = "other" }, false, "Changes the host name."},
		"a disabled address":  {func(c *Config) { c.Interfaces[1].Addresses = []Address{{CIDR: "10.0.0.1/8"}} }, false, "Changes nothing that is in use."},
		"an enabled address":  {func(c *Config) { c.Interfaces[1].Addresses = []Address{{CIDR: "10.0.0.1/8", Enabled: true}} }, true, "Adds 10.0.0.1/8 on eth1."},
		"the address in use":  {func(c *Config) { c.Interfaces[0].Addresses[0].Enabled = false }, true, "You are connected by 192.0.2.10, which this takes away"},
		"DHCP":                {func(c *Config) { c.Interfaces[1].DHCP4 = false }, true, "Removes DHCP on eth1."},
		"a silent gateway":    {func(c *Config) { c.Gateway4 = "192.0.2.2" }, true, "The gateway 192.0.2.2 does not answer."},
		"address and gateway": {func(c *Config) { c.Gateway4 = ""; c.Gateway6 = "" }, true, "Removes gateway 192.0.2.1; removes gateway 2001:db8::1."},
	} {
		c := base()
		tc.change(&c)
		if got := cutsOff(base(), c); got != tc.cuts {
			t.Errorf("%s: cuts off: %v", name, got)
		}
		var silent []netip.Addr
		if c.Gateway4 == "192.0.2.2" {
			silent = append(silent, addr(c.Gateway4))
		}
		if got := describe(base(), c, addr("192.0.2.10"), silent); !strings.Contains(got, tc.says) {
			t.Errorf("%s: %q, want %q", name, got, tc.says)
		}
	}
}
