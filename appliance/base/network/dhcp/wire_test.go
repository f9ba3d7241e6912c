// SPDX-License-Identifier: Apache-2.0

package dhcp

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"understudy/appliance/base/network/kernel"
	"understudy/appliance/base/network/nettest"
)

func TestMain(m *testing.M) { nettest.Main(m) }

func plug(t *testing.T) *nettest.LAN {
	t.Helper()
	lan := nettest.New(t, "eth0")
	if err := (kernel.Netlink{}).Up("eth0"); err != nil {
		t.Fatal(err)
	}
	return lan
}

func name() string { return "box" }

func TestRealServer(t *testing.T) {
	lan := plug(t)
	server := lan.DHCP("192.0.2.1/24", "192.0.2.50", 10*time.Minute)
	w := wire{"eth0", name}
	l, err := w.discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l.Address != netip.MustParsePrefix("192.0.2.50/24") || l.Router != netip.MustParseAddr("192.0.2.1") ||
		!slices.Equal(l.DNS, []netip.Addr{netip.MustParseAddr("192.0.2.1")}) || l.Duration != 10*time.Minute || l.Renew != 5*time.Minute {
		t.Errorf("lease %+v", l)
	}
	if got := server.Hostname(); got != "box" {
		t.Errorf("the server was told the host name %q", got)
	}
	for _, any := range []bool{false, true} {
		again, err := w.extend(t.Context(), l, any)
		if err != nil || again.Address != l.Address {
			t.Errorf("extended (any server: %v): %+v, %v", any, again, err)
		}
	}
	server.Offer("192.0.2.51") // the old address is refused from now on
	if _, err := w.extend(t.Context(), l, false); err != errRefused {
		t.Errorf("the server moved the address: %v", err)
	}
}

func TestClientBindsOverTheWire(t *testing.T) {
	lan := plug(t)
	lan.DHCP("192.0.2.1/24", "192.0.2.50", time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	leases, ended := make(chan Lease, 1), make(chan struct{})
	go func() {
		New("eth0", name, func(l Lease) { leases <- l }, func() {}).Run(ctx)
		close(ended)
	}()
	if l := <-leases; l.Address.String() != "192.0.2.50/24" {
		t.Errorf("lease %+v", l)
	}
	cancel()
	<-ended
}

func TestNobodyAnswers(t *testing.T) {
	plug(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if l, err := (wire{"eth0", name}).discover(ctx); err == nil {
		t.Errorf("a lease out of nowhere: %+v", l)
	}
	if _, err := (wire{"eth9", name}).discover(ctx); err == nil {
		t.Error("a lease on a card that does not exist")
	}
}

func TestWhatServersMaySay(t *testing.T) {
	good := []dhcpv4.Modifier{
		dhcpv4.WithMessageType(dhcpv4.MessageTypeAck), dhcpv4.WithYourIP(net.IPv4(192, 0, 2, 50)),
		dhcpv4.WithNetmask(net.CIDRMask(24, 32)), dhcpv4.WithLeaseTime(3600),
	}
	for _, tc := range []struct {
		what  string
		with  []dhcpv4.Modifier
		check func(Lease, error) bool
	}{
		{"plain", nil, func(l Lease, err error) bool { return err == nil && l.Duration == time.Hour && !l.Router.IsValid() }},
		{"no address", []dhcpv4.Modifier{dhcpv4.WithYourIP(net.IPv4zero)}, failed},
		{"broadcast address", []dhcpv4.Modifier{dhcpv4.WithYourIP(net.IPv4bcast)}, failed},
		{"loopback", []dhcpv4.Modifier{dhcpv4.WithYourIP(net.IPv4(127, 0, 0, 1))}, failed},
		{"mask with holes", []dhcpv4.Modifier{dhcpv4.WithNetmask(net.IPMask{255, 0, 255, 0})}, failed},
		{"router elsewhere", []dhcpv4.Modifier{dhcpv4.WithRouter(net.IPv4(198, 51, 100, 1))}, func(l Lease, err error) bool { return err == nil && !l.Router.IsValid() }},
		{"router is the box", []dhcpv4.Modifier{dhcpv4.WithRouter(net.IPv4(192, 0, 2, 50))}, func(l Lease, err error) bool { return err == nil && !l.Router.IsValid() }},
		{"for ever", []dhcpv4.Modifier{dhcpv4.WithLeaseTime(0xffffffff)}, func(l Lease, err error) bool { return err == nil && l.Duration == 0 }},
		{"for a second", []dhcpv4.Modifier{dhcpv4.WithLeaseTime(1)}, func(l Lease, err error) bool { return err == nil && l.Duration == shortest }},
		{"many name servers", []dhcpv4.Modifier{dhcpv4.WithDNS(slices.Repeat([]net.IP{net.IPv4(192, 0, 2, 1), net.IPv4bcast}, 30)...)}, func(l Lease, err error) bool { return err == nil && len(l.DNS) == maxServers }},
	} {
		ack, err := dhcpv4.New(append(append([]dhcpv4.Modifier(nil), good...), tc.with...)...)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := leaseOf(ack); !tc.check(l, err) {
			t.Errorf("%s: %+v, %v", tc.what, l, err)
		}
	}
}

func failed(_ Lease, err error) bool { return err != nil }

func FuzzLease(f *testing.F) {
	ack, err := dhcpv4.New(dhcpv4.WithMessageType(dhcpv4.MessageTypeAck), dhcpv4.WithYourIP(net.IPv4(192, 0, 2, 50)), dhcpv4.WithLeaseTime(60))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ack.ToBytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		ack, err := dhcpv4.FromBytes(b)
		if err != nil {
			return
		}
		l, err := leaseOf(ack)
		if err != nil {
			return
		}
		if !l.Address.IsValid() || l.Duration != 0 && (l.Renew <= 0 || l.Renew >= l.Rebind || l.Rebind >= l.Duration) {
			t.Fatalf("lease %+v", l)
		}
	})
}
