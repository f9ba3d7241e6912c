// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"math"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/appliance/base/network/kernel"
	"understudy/appliance/base/network/nettest"
	"understudy/appliance/health"
	"understudy/appliance/layout"
)

func TestStaticStart(t *testing.T) {
	lan := plug(t)
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	if !b.has("192.0.2.10/24 static", "2001:db8::10/64 static") || !slices.Equal(b.gateways(), []string{"192.0.2.1"}) {
		t.Errorf("addresses %v, gateways %v", b.addresses(), b.gateways())
	}
	if !works(t, dial(t, lan, addr("192.0.2.10"), serve(t))) {
		t.Error("the LAN does not reach the box")
	}
	if name, _ := os.Hostname(); name != "box" || b.Hostname() != "box.example.net" {
		t.Errorf("host name %q, %q", name, b.Hostname())
	}
	if got, want := b.resolvConf(), "nameserver 192.0.2.1|# nameserver 192.0.2.1:5353 (its port cannot be expressed here)|"; got != want {
		t.Errorf("resolv.conf %q, want %q", got, want)
	}
	if got := b.TimeServers(); !slices.Equal(got, []string{"192.0.2.1:1123"}) || b.PublicPort() != 443 {
		t.Errorf("time servers %v, port %d", got, b.PublicPort())
	}
	// A restart of the program finds everything in place and touches nothing.
	b.stop()
	steps := 0
	again := boot(t, b.dir, layout.Seed{Hostname: "other"}, counting{&steps, kernel.Netlink{}})
	if steps != 0 || !again.has("192.0.2.10/24 static", "2001:db8::10/64 static") || again.Hostname() != "box.example.net" {
		t.Errorf("%d steps, addresses %v, host name %q", steps, again.addresses(), again.Hostname())
	}
}

// counting counts what is done to addresses and routes.
type counting struct {
	steps *int
	kernel.Netlink
}

func (c counting) AddAddress(link string, p netip.Prefix, valid time.Duration) error {
	*c.steps++
	return c.Netlink.AddAddress(link, p, valid)
}

func (c counting) AddDefault(r kernel.Route) error { *c.steps++; return c.Netlink.AddDefault(r) }

func TestDHCP(t *testing.T) {
	lan := nettest.New(t, "eth0")
	lan.DHCP("192.0.2.1/24", "192.0.2.50", time.Hour)
	b := boot(t, t.TempDir(), layout.Seed{}, kernel.Netlink{})
	b.Settled(t.Context())
	b.until("a lease and all that came with it", func() bool {
		return b.has("192.0.2.50/24 dhcp") && slices.Equal(b.gateways(), []string{"192.0.2.1"}) && b.resolvConf() == "nameserver 192.0.2.1|"
	})
	conn := dial(t, lan, addr("192.0.2.50"), serve(t))
	if !works(t, conn) {
		t.Fatal("the LAN does not reach the box")
	}
	// The program is restarted: who is connected stays so.
	b.stop()
	again := boot(t, b.dir, layout.Seed{}, kernel.Netlink{})
	if !again.has("192.0.2.50/24 dhcp") || !works(t, conn) {
		t.Errorf("after a restart: %v", again.addresses())
	}
	again.until("the lease again", func() bool { return len(again.nameServers()) == 1 })
	// A static address beside it: the lease stays. DHCP off: it goes.
	if _, err := again.change(func(c *Config) {
		c.Interfaces[0].Addresses = append(c.Interfaces[0].Addresses, Address{CIDR: "192.0.2.60/24", Enabled: true})
	}); err != nil {
		t.Fatal(err)
	}
	if !again.has("192.0.2.60/24 static", "192.0.2.50/24 dhcp") || !works(t, conn) {
		t.Errorf("beside a static address: %v", again.addresses())
	}
	confirmAll(t, again)
	if _, err := again.change(func(c *Config) { c.Interfaces[0].DHCP4 = false }); err != nil {
		t.Fatal(err)
	}
	if !again.has("192.0.2.60/24 static") || len(again.gateways()) != 0 || len(again.nameServers()) != 0 {
		t.Errorf("without DHCP: %v, gateways %v", again.addresses(), again.gateways())
	}
}

// A lease for ever is a lease: it is shown as one, outlasts a restart of the
// program and goes when DHCP is switched off.
func TestLeaseForEver(t *testing.T) {
	lan := nettest.New(t, "eth0")
	lan.DHCP("192.0.2.1/24", "192.0.2.50", math.MaxUint32*time.Second)
	b := boot(t, t.TempDir(), layout.Seed{}, kernel.Netlink{})
	b.Settled(t.Context())
	b.until("a lease", func() bool { return len(b.addresses()) == 1 })
	if !b.has("192.0.2.50/24 dhcp") {
		t.Errorf("%v", b.addresses())
	}
	conn := dial(t, lan, addr("192.0.2.50"), serve(t))
	b.stop()
	steps := 0
	again := boot(t, b.dir, layout.Seed{}, counting{&steps, kernel.Netlink{}})
	if !again.has("192.0.2.50/24 dhcp") || !works(t, conn) {
		t.Errorf("after a restart: %v", again.addresses())
	}
	again.until("the lease again", func() bool { return len(again.nameServers()) == 1 })
	if err := again.reconcile(t.Context()); err != nil {
		t.Error(err)
	}
	again.applying.Lock()
	defer again.applying.Unlock()
	if steps != 0 {
		t.Errorf("%d steps without need", steps)
	}
}

func confirmAll(t *testing.T, b *box) {
	t.Helper()
	list, err := b.Guard.Pending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if err := b.Guard.Confirm(t.Context(), admin, p.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// warned looks for a warning of one of the checks, now.
func warned(t *testing.T, b *box, code string) *health.Warning {
	t.Helper()
	for _, c := range b.Checks() {
		if c.Code == code {
			return c.Run(t.Context())
		}
	}
	t.Fatalf("no check %s", code)
	return nil
}

// A box that nobody answers is at the factory address, until somebody does.
func TestFallback(t *testing.T) {
	lan := nettest.New(t, "eth0")
	b := boot(t, t.TempDir(), layout.Seed{}, kernel.Netlink{})
	if !b.has() {
		t.Errorf("while DHCP has its chance: %v", b.addresses())
	}
	b.stop()
	b = bootWaiting(t, b.dir, layout.Seed{}, kernel.Netlink{}, 200*time.Millisecond)
	b.Settled(t.Context())
	b.until("the factory address", func() bool { return b.has(FactoryAddress + " factory") })
	if w := warned(t, b, CodeFallback); w == nil || !strings.Contains(w.Text, "No DHCP server answered") {
		t.Errorf("warning %+v", w)
	}
	lan.Add("169.254.7.7/16")
	if !works(t, dial(t, lan, addr("169.254.1.1"), serve(t))) {
		t.Error("a laptop on the cable does not reach the box")
	}
	lan.Cable(false)
	lan.DHCP("192.0.2.1/24", "192.0.2.50", time.Hour)
	lan.Cable(true) // plugged into a network with DHCP
	b.until("a lease instead", func() bool { return b.has("192.0.2.50/24 dhcp") })
	if w := warned(t, b, CodeFallback); w != nil {
		t.Errorf("still warns: %s", w.Text)
	}
}

func TestFactoryAddressBesideOthers(t *testing.T) {
	plug(t)
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	if _, err := b.change(func(c *Config) { factoryOf(c).Enabled = true }); err != nil {
		t.Fatal(err)
	}
	if !b.has("192.0.2.10/24 static", "2001:db8::10/64 static", FactoryAddress+" factory") {
		t.Errorf("%v", b.addresses())
	}
}

func factoryOf(c *Config) *Address {
	for i := range c.Interfaces {
		for j := range c.Interfaces[i].Addresses {
			if a := &c.Interfaces[i].Addresses[j]; a.Factory {
				return a
			}
		}
	}
	return nil
}

func TestHealthOfTheNetwork(t *testing.T) {
	lan := plug(t)
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	for _, c := range b.Checks() {
		if w := c.Run(t.Context()); w != nil {
			t.Errorf("a sound network warns: %s", w.Text)
		}
	}
	lan.Add("192.0.2.10/24") // somebody takes our address
	if w := warned(t, b, CodeDuplicate); w == nil || w.Severity != health.Critical || !strings.Contains(w.Text, lan.MAC().String()) {
		t.Errorf("duplicate: %+v", w)
	}
	if _, err := b.change(func(c *Config) { c.Gateway4 = "192.0.2.2" }); err != nil {
		t.Fatal(err)
	}
	if w := warned(t, b, CodeGateway); w == nil || !strings.Contains(w.Text, "192.0.2.2") {
		t.Errorf("gateway: %+v", w)
	}
	lan.Cable(false)
	b.until("the cable is out", func() bool { return warned(t, b, CodeCable) != nil })
}

// tired is the kernel that at times has no socket to watch it by.
type tired struct {
	kernel.Netlink
	watches chan func(context.Context) (<-chan struct{}, error) // the last one stays
}

func (k tired) Watch(ctx context.Context) (<-chan struct{}, error) { return (<-k.watches)(ctx) }

// However watching ends, the box hears of its cables again.
func TestWatchingGoesOn(t *testing.T) {
	lan := plug(t)
	over := make(chan struct{})
	k := tired{watches: make(chan func(context.Context) (<-chan struct{}, error), 4)}
	refused := func(context.Context) (<-chan struct{}, error) { return nil, os.ErrPermission }
	k.watches <- func(context.Context) (<-chan struct{}, error) { return over, nil }
	k.watches <- refused
	k.watches <- refused
	k.watches <- kernel.Netlink{}.Watch
	b := boot(t, t.TempDir(), static(), k)
	close(over)
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	for changed := b.Watch(ctx); len(k.watches) > 0; {
		if _, open := <-changed; !open {
			t.Fatal("the kernel is not watched any more")
		}
	}
	lan.Cable(false)
	b.until("the cable is out", func() bool { return warned(t, b, CodeCable) != nil })
}

// A card that is put in while the box runs, or back in, works like one that was
// there at the start.
func TestCardPutInLater(t *testing.T) {
	plug(t)
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	port := serve(t)
	t.Run("new", func(t *testing.T) {
		lan := nettest.New(t, "eth1")
		lan.Add("198.51.100.1/24")
		b.until("the new card is switched on", func() bool { return b.card("eth1").Carrier })
		if _, err := b.change(func(c *Config) {
			c.Interfaces[1].Addresses = []Address{{CIDR: "198.51.100.10/24", Enabled: true}}
			c.Interfaces[1].DHCP4 = true
		}); err != nil {
			t.Fatal(err)
		}
		confirmAll(t, b)
		if !works(t, dial(t, lan, addr("198.51.100.10"), port)) {
			t.Error("the LAN does not reach the box by its new card")
		}
	})
	b.until("the card is out", func() bool { return warned(t, b, CodeCable) != nil })
	lan := nettest.New(t, "eth1")
	lan.DHCP("198.51.100.1/24", "198.51.100.50", time.Hour)
	b.until("the card is back, with a lease", func() bool {
		l := b.card("eth1")
		return l.Carrier && onCard(l, addr("198.51.100.10")) && onCard(l, addr("198.51.100.50"))
	})
	for _, a := range []string{"198.51.100.10", "198.51.100.50"} {
		if !works(t, dial(t, lan, addr(a), port)) {
			t.Errorf("the LAN does not reach the box at %s by the card that is back", a)
		}
	}
}

func (b *box) card(name string) kernel.Link {
	b.t.Helper()
	links, err := b.Kernel.Links()
	if err != nil {
		b.t.Fatal(err)
	}
	l, _ := linkNamed(links, name)
	return l
}

// An IPv6 address that another machine had comes into use when that one has gone.
func TestDuplicateHeals(t *testing.T) {
	lan := nettest.New(t, "eth0")
	lan.Add("2001:db8::10/64")
	seed := static()
	seed.Network.Gateway4 = ""
	b := boot(t, t.TempDir(), seed, kernel.Netlink{})
	state := func() (there, duplicate, tentative bool) {
		for _, a := range b.card("eth0").Addresses {
			if a.Prefix == prefix("2001:db8::10/64") {
				return true, a.Duplicate, a.Tentative
			}
		}
		return false, false, false
	}
	b.until("the address is found to be taken", func() bool { _, duplicate, _ := state(); return duplicate })
	if w := warned(t, b, CodeDuplicate); w == nil || !strings.Contains(w.Text, lan.MAC().String()) {
		t.Errorf("warning %+v", w)
	}
	lan.Remove("2001:db8::10/64")
	if w := warned(t, b, CodeDuplicate); w != nil {
		t.Errorf("still warns: %s", w.Text)
	}
	b.until("the address is in use", func() bool {
		there, duplicate, tentative := state()
		return there && !duplicate && !tentative
	})
}
