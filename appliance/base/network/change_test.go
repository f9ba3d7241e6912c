// SPDX-License-Identifier: Apache-2.0

package network

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/base/network/kernel"
	"understudy/appliance/base/network/nettest"
	"understudy/appliance/confirm"
	"understudy/appliance/revision"
)

// The row of the issue: a change that cuts people off takes itself back.
func TestLockoutRevertsItself(t *testing.T) {
	lan := plug(t)
	seed := static()
	seed.Test.ConfirmTimeout = "2s"
	// The way back is kept shut until the test has looked at what it is about.
	var away atomic.Bool
	looked := make(chan struct{})
	look := sync.OnceFunc(func() { close(looked) })
	defer look()
	b := boot(t, t.TempDir(), seed, gated{pass: func(p netip.Prefix) {
		if away.Load() && p == prefix("192.0.2.10/24") {
			<-looked
		}
	}})
	port := serve(t)
	reverted := make(chan struct{})
	b.Guard.OnReverted = func(confirm.Pending) { close(reverted) }
	away.Store(true)
	pending, err := b.change(func(c *Config) {
		c.Interfaces[0].Addresses[0].CIDR = "198.51.100.10/24"
		c.Gateway4 = ""
	})
	if err != nil || pending == nil || pending.Deadline.Sub(pending.At) != 2*time.Second {
		t.Fatalf("%+v, %v", pending, err)
	}
	if !strings.Contains(pending.Summary, "Adds 198.51.100.10/24 on eth0") || !strings.Contains(pending.Summary, "You are connected by 192.0.2.10") {
		t.Errorf("summary %q", pending.Summary)
	}
	if dialFor(t, lan, addr("192.0.2.10"), port, briefly) != nil {
		t.Error("the old address still answers")
	}
	look()
	select {
	case <-reverted:
	case <-time.After(patience):
		t.Fatal("the change was not taken back")
	}
	if !b.has("192.0.2.10/24 static", "2001:db8::10/64 static") || !slices.Equal(b.gateways(), []string{"192.0.2.1"}) {
		t.Errorf("after the revert: %v, gateways %v", b.addresses(), b.gateways())
	}
	if !works(t, dial(t, lan, addr("192.0.2.10"), port)) {
		t.Error("the old address does not answer again")
	}
	list, err := b.Book.List(t.Context(), Area, 0, 5)
	if err != nil || len(list) != 3 || list[0].Reverts != list[1].ID {
		t.Errorf("revisions %+v, %v", list, err)
	}
}

func TestConfirmedChangeStays(t *testing.T) {
	lan := plug(t)
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	pending, err := b.change(func(c *Config) { c.Interfaces[0].Addresses[0].CIDR = "192.0.2.20/24" })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.change(func(c *Config) { c.DNS = nil }); !errors.Is(err, confirm.ErrPending) || b.lastAudit().Outcome != "refused" {
		t.Errorf("a second change meanwhile: %v", err)
	}
	if err := b.Guard.Confirm(t.Context(), admin, pending.ID); err != nil {
		t.Fatal(err)
	}
	if !b.has("192.0.2.20/24 static", "2001:db8::10/64 static") || !works(t, dial(t, lan, addr("192.0.2.20"), serve(t))) {
		t.Errorf("%v", b.addresses())
	}
	// Reverted later by hand it waits for confirmation again.
	if err := b.Book.Revert(t.Context(), admin, pending.Revision); err != nil {
		t.Fatal(err)
	}
	list, err := b.Guard.Pending(t.Context())
	if err != nil || len(list) != 1 || !b.has("192.0.2.10/24 static", "2001:db8::10/64 static") {
		t.Errorf("pending %+v, %v, addresses %v", list, err, b.addresses())
	}
	if err := b.Guard.Undo(t.Context(), admin, list[0].ID); err != nil || !b.has("192.0.2.20/24 static", "2001:db8::10/64 static") {
		t.Errorf("undone: %v, addresses %v", err, b.addresses())
	}
}

// Whatever else is changed, a connection that the change does not concern goes
// on.
func TestConnectionsSurvive(t *testing.T) {
	lan := plug(t)
	lan.Add("192.0.2.2/24")
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	conn := dial(t, lan, addr("192.0.2.10"), serve(t))
	for name, how := range map[string]func(*Config){
		"names": func(c *Config) { c.DNS, c.NTP, c.Hostname = nil, nil, "other" },
		"a further address": func(c *Config) {
			c.Interfaces[0].Addresses = append(c.Interfaces[0].Addresses, Address{CIDR: "192.0.2.11/24", Enabled: true})
		},
		"the gateway":      func(c *Config) { c.Gateway4 = "192.0.2.2" },
		"DHCP switched on": func(c *Config) { c.Interfaces[0].DHCP4 = true },
	} {
		if _, err := b.change(how); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !works(t, conn) {
			t.Fatalf("%s: the connection broke", name)
		}
		confirmAll(t, b)
	}
	// The address that was there first goes, those of its subnet stay.
	before, _ := b.now()
	i := slices.IndexFunc(before.Interfaces[0].Addresses, func(a Address) bool { return a.CIDR == "192.0.2.11/24" })
	other := dial(t, lan, addr("192.0.2.11"), serve(t))
	if _, err := b.change(func(c *Config) { c.Interfaces[0].Addresses = slices.Delete(c.Interfaces[0].Addresses, 0, i) }); err == nil {
		t.Fatal("the factory address was deleted")
	}
	if _, err := b.change(func(c *Config) { c.Interfaces[0].Addresses[0].Enabled = false }); err != nil {
		t.Fatal(err)
	}
	if second, first := works(t, other), worksWithin(t, conn, briefly); !second || first {
		t.Errorf("the second address works: %v; the first: %v", second, first)
	}
}

func TestHarmlessChangesNeedNoConfirmation(t *testing.T) {
	plug(t)
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	_, first := b.now()
	pending, err := b.change(func(c *Config) {
		c.DNS, c.PublicPort = []string{"192.0.2.3"}, 8443
		c.Interfaces[0].Addresses = append(c.Interfaces[0].Addresses, Address{CIDR: "192.0.2.99/24"}) // a shared address, for later
	})
	if err != nil || pending != nil || b.resolvConf() != "nameserver 192.0.2.3|" || b.PublicPort() != 8443 {
		t.Errorf("%+v, %v, resolv.conf %q", pending, err, b.resolvConf())
	}
	_, second := b.now()
	if second == first {
		t.Error("no revision")
	}
	if pending, err := b.change(func(c *Config) {}); err != nil || pending != nil {
		t.Errorf("no change: %+v, %v", pending, err)
	}
	if _, rev := b.now(); rev != second {
		t.Error("a revision of nothing")
	}
	c, _ := b.now()
	if _, err := b.Change(t.Context(), admin, first, c, "", netip.Addr{}); !errors.Is(err, revision.ErrStale) {
		t.Errorf("an old revision: %v", err)
	}
}

// refused makes sure that a change is refused for this field and that nothing
// has happened.
func refused(t *testing.T, b *box, field, want string, how func(*Config)) {
	t.Helper()
	addresses, gateways := b.addresses(), b.gateways()
	_, rev := b.now()
	pending, err := b.change(how)
	var invalid *InvalidError
	if !errors.As(err, &invalid) || !strings.Contains(invalid.Fields[field], want) || pending != nil {
		t.Errorf("%+v, %v; want %s: %q", pending, err, field, want)
	}
	if _, now := b.now(); now != rev || !slices.Equal(b.addresses(), addresses) || !slices.Equal(b.gateways(), gateways) {
		t.Errorf("refused, and yet: revision %d, addresses %v, gateways %v", now, b.addresses(), b.gateways())
	}
	if e := b.lastAudit(); e.Action != "network.change" || e.Outcome != "refused" || e.Name != "admin" {
		t.Errorf("audit %+v", e)
	}
}

func TestAddressInUseIsRefused(t *testing.T) {
	lan := plug(t)
	lan.Add("192.0.2.33/24")
	lan.Add("2001:db8::33/64")
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	const next = "interfaces[0].addresses[3]"
	for _, cidr := range []string{"192.0.2.33/24", "2001:db8::33/64"} {
		refused(t, b, next, "used by another machine, whose network card is "+lan.MAC().String(), func(c *Config) {
			c.Interfaces[0].Addresses = append(c.Interfaces[0].Addresses, Address{CIDR: cidr, Enabled: true})
		})
	}
	// It may be entered for later: the shared address of a pair.
	if _, err := b.change(func(c *Config) {
		c.Interfaces[0].Addresses = append(c.Interfaces[0].Addresses, Address{CIDR: "192.0.2.33/24"})
	}); err != nil {
		t.Error(err)
	}
	refused(t, b, next, "used by another machine", func(c *Config) { c.Interfaces[0].Addresses[3].Enabled = true })
}

func TestTheLastWayInIsKept(t *testing.T) {
	plug(t)
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	nothing := func(c *Config) {
		c.Gateway4 = ""
		for j := range c.Interfaces[0].Addresses {
			c.Interfaces[0].Addresses[j].Enabled = false
		}
	}
	refused(t, b, "interfaces", "no address but 169.254.1.1", nothing)
	c, rev := b.now()
	nothing(&c)
	if _, err := b.Change(t.Context(), admin, rev, c, "", addr("169.254.1.1")); err != nil {
		t.Errorf("from a laptop on the cable: %v", err)
	}
	if !b.has(FactoryAddress + " factory") {
		t.Errorf("%v", b.addresses())
	}
}

// An address on a card that was taken out is no way in.
func TestACardThatIsOutIsNoWayIn(t *testing.T) {
	plug(t)
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	t.Run("in", func(t *testing.T) {
		nettest.New(t, "eth1")
		if _, err := b.change(func(c *Config) {
			c.Interfaces[1].Addresses, c.Interfaces[1].DHCP4 = []Address{{CIDR: "198.51.100.10/24", Enabled: true}}, true
		}); err != nil {
			t.Fatal(err)
		}
		confirmAll(t, b)
	})
	refused(t, b, "interfaces", "no address but 169.254.1.1", func(c *Config) {
		c.Gateway4 = ""
		for j := range c.Interfaces[0].Addresses {
			c.Interfaces[0].Addresses[j].Enabled = false
		}
	})
}

func TestSilentGatewayIsMentioned(t *testing.T) {
	lan := plug(t)
	lan.Add("192.0.2.2/24")
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	for gateway, silent := range map[string]bool{"192.0.2.3": true, "192.0.2.2": false} {
		pending, err := b.change(func(c *Config) { c.Gateway4 = gateway })
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(pending.Summary, "does not answer") != silent {
			t.Errorf("%s: %q", gateway, pending.Summary)
		}
		if err := b.Guard.Undo(t.Context(), admin, pending.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// What the kernel does not take is taken back, confirmed or not.
func TestHalfAChangeIsNone(t *testing.T) {
	plug(t)
	b := boot(t, t.TempDir(), static(), stubborn{refuses: prefix("192.0.2.20/24")})
	pending, err := b.change(func(c *Config) {
		c.Interfaces[0].Addresses[0].CIDR = "192.0.2.20/24"
		c.DNS = nil
	})
	if err == nil || pending != nil || !strings.Contains(err.Error(), "taken back") {
		t.Errorf("%+v, %v", pending, err)
	}
	if e := b.lastAudit(); e.Outcome != "failed" {
		t.Errorf("audit %+v", e)
	}
	if !b.has("192.0.2.10/24 static", "2001:db8::10/64 static") || len(b.nameServers()) != 2 {
		t.Errorf("addresses %v, name servers %v", b.addresses(), b.nameServers())
	}
	if list, err := b.Guard.Pending(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("still waiting: %v, %v", list, err)
	}
}

// The power fails before a change is confirmed: the box comes back with the
// configuration that worked.
func TestPowerCutBeforeConfirmation(t *testing.T) {
	plug(t)
	b := boot(t, t.TempDir(), static(), kernel.Netlink{})
	if _, err := b.change(func(c *Config) { c.Interfaces[0].Addresses[0].CIDR = "192.0.2.20/24" }); err != nil {
		t.Fatal(err)
	}
	b.stop()
	again := boot(t, b.dir, static(), kernel.Netlink{})
	again.until("the revert", func() bool { return again.has("192.0.2.10/24 static", "2001:db8::10/64 static") })
}

// A revert that the kernel does not take is taken back like any other change.
func TestHalfARevertIsNone(t *testing.T) {
	plug(t)
	var refuses atomic.Bool
	b := boot(t, t.TempDir(), static(), nameless{refuses: &refuses})
	if _, err := b.change(func(c *Config) { c.Hostname = "other.example.net" }); err != nil {
		t.Fatal(err)
	}
	_, second := b.now()
	refuses.Store(true)
	err := b.Book.Revert(t.Context(), admin, second)
	if err == nil || !strings.Contains(err.Error(), "taken back") || errors.Is(err, revision.ErrStale) {
		t.Errorf("%v", err)
	}
	if c, _ := b.now(); c.Hostname != "other.example.net" || b.Hostname() != "other.example.net" {
		t.Errorf("said to be taken back, and yet the host name is %q, stored %q", b.Hostname(), c.Hostname)
	}
	list, err := b.Book.List(t.Context(), Area, 0, 1)
	if err != nil || len(list) != 1 || list[0].Reverts != 0 || list[0].By != audit.System {
		t.Errorf("the last revision %+v, %v", list, err)
	}
}
