// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/netlab"
	"understudy/integration/vm"
)

// confirmWithin is how long the box of this file waits for a confirmation: long
// enough for two answers of an emulated box on a busy host, short enough to sit
// through.
const confirmWithin = 20 * time.Second

// The LAN of the box's second card, and what there is on it.
const (
	ownCIDR   = "192.0.2.10/24"
	taken     = "192.0.2.50"
	nobody    = "192.0.2.254"
	neighbour = "192.0.2.1"
)

// TestNetworkAndClock asks a box for networks that cannot work and gives it
// time servers that cannot be trusted. The box has two cards: the first one
// leads here, the second to a LAN on which a neighbour owns addresses.
func TestNetworkAndClock(t *testing.T) {
	t.Parallel()
	hub := vm.LAN(t, 1)
	wire, err := hub.Port("box")
	if err != nil {
		t.Fatal(err)
	}
	wall, err := hub.Port("neighbour")
	if err != nil {
		t.Fatal(err)
	}
	netlab.NewNeighbour(wall, netlab.MAC{2, 0, 0, 0, 0, 9}, netip.MustParseAddr(taken), netip.MustParseAddr(neighbour))
	servers := newTimeServers(t)
	seed := layout.Seed{Network: layout.SeedNetwork{NTP: []string{servers.honest.Addr}}, Test: layout.SeedTest{ConfirmTimeout: confirmWithin.String()}}
	b := box.Start(t, vm.Spec{Name: "network", Firmware: vm.Direct, DiskGiB: 4, Seed: seed.Encode(), NICs: []vm.NIC{{Wire: wire}}})
	b.FirstSignIn(t)
	n := &network{t: t, b: b, c: b.API(t, box.Admin, box.Password)}
	n.reauthenticate()
	n.settle()
	t.Run("clock", func(t *testing.T) { n.t = t; lyingClocks(t, n, servers) })
	t.Run("refused", func(t *testing.T) { n.t = t; refusedNetworks(t, n) })
	t.Run("taken back", func(t *testing.T) { n.t = t; networksTakenBack(t, n) })
	t.Run("silent clock", func(t *testing.T) { silentClock(t, n, servers) })
}

// refusedNetworks are configurations that cannot work: nothing is changed, and
// the reason is told.
func refusedNetworks(t *testing.T, n *network) {
	for name, c := range map[string]struct {
		change func(c *applianceapi.NetworkConfig)
		reason string // a part of it
	}{
		"address that a neighbour has":  {lan(n, taken+"/24"), "used by another machine"},
		"address of the subnet itself":  {lan(n, "192.0.2.0/24"), "the address of the network"},
		"broadcast address":             {lan(n, "192.0.2.255/24"), "broadcast"},
		"mask with a hole":              {lan(n, "192.0.2.10/255.0.255.0"), "not a mask"},
		"mask too long":                 {lan(n, "192.0.2.10/33"), "not a mask"},
		"mask of everything":            {lan(n, "192.0.2.10/0"), "not the mask of a network"},
		"no mask":                       {lan(n, "192.0.2.10"), "has no mask"},
		"no address":                    {lan(n, "a.b.c.d/24"), "not an IP address"},
		"loopback":                      {lan(n, "127.0.0.2/8"), "loopback"},
		"multicast":                     {lan(n, "224.0.0.5/24"), "multicast"},
		"gateway outside every subnet":  {gateway("203.0.113.1"), "none of the subnets"},
		"gateway that is the box":       {gateway("192.0.2.10"), "this appliance itself"},
		"host name with a space":        {func(c *applianceapi.NetworkConfig) { c.Hostname = "two words" }, "host name"},
		"DNS server that is a sentence": {func(c *applianceapi.NetworkConfig) { c.DNS = []string{"ask my neighbour"} }, "name server"},
	} {
		t.Run(name, func(t *testing.T) {
			n.t = t
			before := n.get()
			config := clone(before.Config)
			c.change(&config)
			_, err := n.change(before.Revision, config)
			if status := applianceapi.StatusOf(err); status < 400 || status >= 500 || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.reason)) {
				t.Errorf("answered %d: %v; want a refusal that says %q", status, err, c.reason)
			}
			if after := n.get(); after.Revision != before.Revision || after.Pending != nil {
				t.Errorf("something was changed: %+v", after)
			}
		})
	}
}

// networksTakenBack are configurations that are applied as asked, cut somebody
// off and are not confirmed: the box takes them back by itself.
func networksTakenBack(t *testing.T, n *network) {
	t.Run("gateway that nobody answers for", func(t *testing.T) {
		n.t = t
		before := n.get()
		config := clone(before.Config)
		config.Gateway4 = nobody
		changed, err := n.change(before.Revision, config)
		if err != nil || changed.Pending == nil {
			t.Fatalf("%+v, %v; want it to wait for a confirmation", changed, err)
		}
		if !strings.Contains(changed.Pending.Summary, nobody+" does not answer") {
			t.Errorf("it is not said that nobody answers: %s", changed.Pending.Summary)
		}
		config.Gateway4 = neighbour
		if _, err := n.change(changed.Revision, config); !applianceapi.HasCode(err, applianceapi.CodePending) {
			t.Errorf("a second change meanwhile: %v", err)
		}
		n.takenBack(before)
	})
	t.Run("disabling the address one is using", func(t *testing.T) {
		n.t = t
		before := n.get()
		config := clone(before.Config)
		config.Interfaces[n.outer(before)].DHCP4 = false
		if _, err := n.change(before.Revision, config); applianceapi.StatusOf(err) != 0 {
			t.Fatal(err) // no answer is fine: its address is gone
		}
		n.takenBack(before)
	})
	t.Run("disabling every address", func(t *testing.T) {
		n.t = t
		before := n.get()
		config := clone(before.Config)
		for i := range config.Interfaces {
			config.Interfaces[i].DHCP4, config.Interfaces[i].DHCP6 = false, false
			for j := range config.Interfaces[i].Addresses {
				config.Interfaces[i].Addresses[j].Enabled = false
			}
		}
		_, err := n.change(before.Revision, config)
		if status := applianceapi.StatusOf(err); status < 400 || status >= 500 || !strings.Contains(err.Error(), "nobody could confirm") {
			t.Errorf("answered %d: %v", status, err)
		}
	})
	t.Run("the audit log tells of both", func(t *testing.T) {
		list, err := n.c.Audit(n.b.Within(t, answer), applianceapi.AuditFilter{Actor: "system", Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		reverts := 0
		for _, e := range list.Items {
			if strings.Contains(e.Action, "revert") {
				reverts++
			}
		}
		if reverts != 2 {
			t.Errorf("%d reverts in %+v", reverts, list.Items)
		}
	})
}

// net is the box's network as its administrator sees it by the API.
type network struct {
	t *testing.T
	b *box.Box
	c *applianceapi.Client
}

// clone is a configuration that can be changed without changing the original.
func clone(c applianceapi.NetworkConfig) applianceapi.NetworkConfig {
	c.Interfaces = slices.Clone(c.Interfaces)
	for i := range c.Interfaces {
		c.Interfaces[i].Addresses = slices.Clone(c.Interfaces[i].Addresses)
	}
	return c
}

func (n *network) reauthenticate() {
	n.t.Helper()
	if _, err := n.c.Reauthenticate(n.b.Within(n.t, answer), box.Password); err != nil {
		n.t.Fatal(err)
	}
}

func (n *network) get() applianceapi.Network {
	n.t.Helper()
	net, err := n.c.Network(n.b.Within(n.t, answer))
	if err != nil {
		n.t.Fatal(err)
	}
	return net
}

func (n *network) change(revision int64, config applianceapi.NetworkConfig) (applianceapi.NetworkChanged, error) {
	return n.c.ChangeNetwork(n.b.Within(n.t, answer), applianceapi.NetworkChange{Revision: revision, Config: config})
}

// outer is the index of the card that leads to this host.
func (n *network) outer(net applianceapi.Network) int {
	n.t.Helper()
	for _, l := range net.Links {
		for _, a := range l.Current {
			if strings.HasPrefix(a.CIDR, "10.0.2.") {
				return slices.IndexFunc(net.Config.Interfaces, func(i applianceapi.NetworkInterface) bool { return i.Name == l.Name })
			}
		}
	}
	n.t.Fatalf("no card has an address of this host's: %+v", net.Links)
	return 0
}

func gateway(addr string) func(*applianceapi.NetworkConfig) {
	return func(c *applianceapi.NetworkConfig) { c.Gateway4 = addr }
}

// lan is a change that gives the card on the LAN one more address.
func lan(n *network, cidr string) func(*applianceapi.NetworkConfig) {
	return func(c *applianceapi.NetworkConfig) {
		inner := 1 - n.outer(n.get())
		c.Interfaces[inner].Addresses = append(c.Interfaces[inner].Addresses, applianceapi.NetworkAddress{CIDR: cidr, Enabled: true})
	}
}

// settle gives the box an address on the LAN, confirmed: it has two ways in
// from then on.
func (n *network) settle() {
	n.t.Helper()
	before := n.get()
	config := clone(before.Config)
	lan(n, ownCIDR)(&config)
	changed, err := n.change(before.Revision, config)
	if err == nil && changed.Pending != nil {
		err = n.c.Confirm(n.b.Within(n.t, answer), changed.Pending.ID)
	}
	if err != nil {
		n.t.Fatal(err)
	}
}

// takenBack waits until the configuration is as before.
func (n *network) takenBack(before applianceapi.Network) {
	n.t.Helper()
	n.b.Until(n.t, "the change is taken back", func() bool {
		now, err := n.c.Network(n.b.Within(n.t, time.Second))
		return err == nil && now.Pending == nil && now.Revision > before.Revision
	})
	after := n.get()
	if !reflect.DeepEqual(after.Config, before.Config) {
		n.t.Errorf("the configuration is %+v, and was %+v", after.Config, before.Config)
	}
}
