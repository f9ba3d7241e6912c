// SPDX-License-Identifier: Apache-2.0

package faults

import (
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

// The two boxes of this file on their LAN.
const (
	leftMAC, leftIP   = "52:54:00:00:00:0a", "192.0.2.10"
	rightMAC, rightIP = "52:54:00:00:00:0b", "192.0.2.11"
)

// TestTwoBoxesOnOneLAN has one box look for the other over a LAN that is good,
// bad, cut and mended.
func TestTwoBoxesOnOneLAN(t *testing.T) {
	t.Parallel()
	// Both are started by their kernels, and then have little to do: they share
	// the place of one, where a place for each would keep others waiting.
	hub, room := vm.LAN(t, 2), vm.ReserveT(t, 1)
	left, _ := boxOn(t, hub, room, "pair-left", leftMAC, leftIP)
	_, wire := boxOn(t, hub, room, "pair-right", rightMAC, rightIP)

	left.FirstSignIn(t)
	p := &pair{b: left, c: left.API(t, box.Admin, box.Password)}
	p.reaches(t, "over a good wire")

	wire.Impair(netlab.Out, netlab.Quality{Delay: 100 * time.Millisecond})
	left.Until(t, "every ping comes back over a wire that waits 100 ms", func() bool {
		r := p.ping(t)
		if r.Received > 0 && slices.Min(r.RoundTripsMs) < 100 {
			t.Errorf("over a wire that waits 100 ms: %+v", r)
		}
		return r.Sent > 0 && r.Received == r.Sent
	})
	wire.Impair(netlab.Out, netlab.Quality{Loss: 1})
	if r := p.ping(t); r.Received != 0 {
		t.Errorf("over a wire that loses everything: %+v", r)
	}
	wire.Impair(netlab.Out, netlab.Quality{})
	p.reaches(t, "after a bad wire")

	wire.Cut()
	if r, err := p.c.TCPTest(p.b.Within(t, answer), applianceapi.TCPTestRequest{Host: rightIP, Port: 443}); err != nil || r.OK {
		t.Errorf("over a cut wire: %+v, %v", r, err)
	}
	wire.Mend()
	p.reaches(t, "after a cut")
	p.addressOfTheOther(t)
}

// boxOn powers on a box whose second card is on the LAN.
func boxOn(t *testing.T, hub *netlab.Switch, room *vm.Reservation, name, mac, ip string) (*box.Box, *netlab.Port) {
	t.Helper()
	wire, err := hub.Port(name)
	if err != nil {
		t.Fatal(err)
	}
	seed := layout.Seed{Network: layout.SeedNetwork{Interfaces: []layout.SeedInterface{
		{Name: "eth0", DHCP: true}, {MAC: mac, Addresses: []string{ip + "/24"}},
	}}}
	b := box.Start(t, vm.Spec{Name: name, Firmware: vm.Direct, DiskGiB: 4, MemMiB: 512, Seed: seed.Encode(), NICs: []vm.NIC{{MAC: mac, Wire: wire}}, Room: room})
	return b, wire
}

// pair is one box that looks for the other.
type pair struct {
	b *box.Box
	c *applianceapi.Client
}

// reaches waits until one box reaches the other: either may be slower than the
// seconds that a test of a connection takes.
func (p *pair) reaches(t *testing.T, when string) {
	t.Helper()
	p.b.Until(t, "one box reaches the other "+when, func() bool {
		r, err := p.c.TCPTest(p.b.Within(t, answer), applianceapi.TCPTestRequest{Host: rightIP, Port: 443})
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		return r.OK
	})
}

func (p *pair) ping(t *testing.T) applianceapi.PingResult {
	t.Helper()
	r, err := p.c.Ping(p.b.Within(t, answer), applianceapi.PingRequest{Host: rightIP, Count: 2})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// addressOfTheOther asks for the address that the other box has.
func (p *pair) addressOfTheOther(t *testing.T) {
	n := &network{t: t, b: p.b, c: p.c}
	n.reauthenticate()
	before := n.get()
	config := clone(before.Config)
	lan(n, rightIP+"/24")(&config)
	_, err := n.change(before.Revision, config)
	if status := applianceapi.StatusOf(err); status < 400 || status >= 500 || !strings.Contains(strings.ToLower(err.Error()), rightMAC) {
		t.Errorf("answered %d: %v; want a refusal that names %s", status, err, rightMAC)
	}
}
