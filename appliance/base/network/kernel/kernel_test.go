// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"

	"understudy/appliance/base/network/nettest"
)

func TestMain(m *testing.M) { nettest.Main(m) }

// patience is how long a test waits for what must come: only a failure needs it.
const patience = time.Minute

var (
	prefix = netip.MustParsePrefix
	addr   = netip.MustParseAddr
	box    Netlink
)

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, name string) Link {
	t.Helper()
	links, err := box.Links()
	must(t, err)
	i := slices.IndexFunc(links, func(l Link) bool { return l.Name == name })
	if i < 0 {
		t.Fatalf("no link %s in %+v", name, links)
	}
	return links[i]
}

// find waits for nothing: it answers what the kernel has at this moment.
func find(l Link, p netip.Prefix) *Address {
	for i := range l.Addresses {
		if l.Addresses[i].Prefix == p {
			return &l.Addresses[i]
		}
	}
	return nil
}

func TestLinksFollowTheCable(t *testing.T) {
	lan := nettest.New(t, "eth0")
	changed, err := box.Watch(t.Context())
	must(t, err)
	if l := link(t, "eth0"); l.Carrier || l.MAC == "" || l.MTU != 1500 {
		t.Errorf("at power-on: %+v", l)
	}
	must(t, box.Up("eth0"))
	await(t, changed, func() bool { return link(t, "eth0").Carrier })
	lan.Cable(false)
	await(t, changed, func() bool { return !link(t, "eth0").Carrier })
	lan.Cable(true)
	await(t, changed, func() bool { return link(t, "eth0").Carrier })
	if l := link(t, "eth0"); l.SpeedMbps != 10000 || l.Duplex != "full" {
		t.Errorf("a virtual cable: %+v", l)
	}
}

// await waits until the condition holds, asking again at each signal.
func await(t *testing.T, changed <-chan struct{}, holds func() bool) {
	t.Helper()
	limit := time.After(patience)
	for !holds() {
		select {
		case <-changed:
		case <-limit:
			t.Fatal("the kernel never said so")
		}
	}
}

func TestAddresses(t *testing.T) {
	nettest.New(t, "eth0")
	first, second := prefix("192.0.2.10/24"), prefix("192.0.2.11/24")
	must(t, box.Up("eth0"), box.AddAddress("eth0", first, 0), box.AddAddress("eth0", second, time.Hour),
		box.AddAddress("eth0", prefix("2001:db8::10/64"), 0))
	l := link(t, "eth0")
	if a := find(l, first); a == nil || a.Valid != 0 {
		t.Errorf("the static address: %+v", a)
	}
	if a := find(l, second); a == nil || a.Valid < 59*time.Minute || a.Valid > time.Hour {
		t.Errorf("the leased address: %+v", a)
	}
	if a := find(l, prefix("2001:db8::10/64")); a == nil || a.Valid != 0 {
		t.Errorf("the IPv6 address: %+v", a)
	}
	must(t, box.AddAddress("eth0", second, 2*time.Hour), box.AddAddress("eth0", first, 0)) // renewed
	if a := find(link(t, "eth0"), second); a == nil || a.Valid < time.Hour {
		t.Errorf("after renewal: %+v", a)
	}
	must(t, box.RemoveAddress("eth0", first), box.RemoveAddress("eth0", first)) // twice is no error
	if l := link(t, "eth0"); find(l, first) != nil || find(l, second) == nil {
		t.Errorf("removing the first address of a subnet: %+v", l.Addresses)
	}
	if err := box.AddAddress("eth7", first, 0); err == nil {
		t.Error("added an address to a card that does not exist")
	}
}

func TestDefaultRoutes(t *testing.T) {
	nettest.New(t, "eth0")
	must(t, box.Up("eth0"), box.AddAddress("eth0", prefix("192.0.2.10/24"), 0), box.AddAddress("eth0", prefix("2001:db8::10/64"), 0))
	routes := []Route{
		{"eth0", addr("192.0.2.1"), Static}, {"eth0", addr("192.0.2.2"), Lease}, {"eth0", addr("2001:db8::1"), Static},
	}
	for _, r := range routes {
		must(t, box.AddDefault(r), box.AddDefault(r)) // twice is no error
	}
	got, err := box.Defaults()
	must(t, err)
	if !slices.Equal(got, routes) {
		t.Errorf("routes %v, want %v", got, routes)
	}
	must(t, box.RemoveDefault(routes[0]), box.RemoveDefault(routes[0]))
	if got, _ := box.Defaults(); !slices.Equal(got, routes[1:]) {
		t.Errorf("routes %v, want %v", got, routes[1:])
	}
	if err := box.AddDefault(Route{"eth0", addr("198.51.100.1"), Static}); !errors.Is(err, unix.ENETUNREACH) {
		t.Errorf("a gateway in no subnet: %v", err)
	}
}

func TestProbeFindsTheOwner(t *testing.T) {
	lan := nettest.New(t, "eth0")
	lan.Add("192.0.2.1/24")
	lan.Add("2001:db8::1/64")
	must(t, box.Up("eth0"))
	for _, tc := range []struct {
		address string
		taken   bool
	}{{"192.0.2.1", true}, {"192.0.2.2", false}, {"2001:db8::1", true}, {"2001:db8::2", false}} {
		who, err := box.Probe(t.Context(), "eth0", addr(tc.address))
		must(t, err)
		if tc.taken && who.String() != lan.MAC().String() || !tc.taken && who != nil {
			t.Errorf("%s: owner %v", tc.address, who)
		}
	}
	// An address of our own is not somebody else's.
	must(t, box.AddAddress("eth0", prefix("192.0.2.10/24"), 0))
	if who, err := box.Probe(t.Context(), "eth0", addr("192.0.2.10")); who != nil || err != nil {
		t.Errorf("own address: %v, %v", who, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := box.Probe(ctx, "eth0", addr("192.0.2.3")); !errors.Is(err, context.Canceled) {
		t.Errorf("a probe that is called off: %v", err)
	}
}

// A shared address moves from one box to another; the neighbours must send to
// the new one at once.
func TestNewAddressIsAnnounced(t *testing.T) {
	lan := nettest.New(t, "eth0")
	must(t, box.Up("eth0"))
	var wire *packet.Conn
	lan.Do(func() {
		ifi, err := net.InterfaceByName(lan.Port)
		must(t, err)
		wire, err = packet.Listen(ifi, packet.Raw, unix.ETH_P_ALL, nil)
		must(t, err)
	})
	defer wire.Close()
	must(t, wire.SetReadDeadline(time.Now().Add(patience)))
	for _, p := range []string{"192.0.2.10/24", "2001:db8::10/64"} {
		must(t, box.AddAddress("eth0", prefix(p), 0))
		for buffer := make([]byte, 2000); ; {
			n, _, err := wire.ReadFrom(buffer)
			if err != nil {
				t.Fatalf("no announcement of %s: %v", p, err)
			}
			if announces(buffer[:n], prefix(p).Addr()) {
				break
			}
		}
	}
}

// announces reads a frame as a neighbour does.
func announces(f []byte, a netip.Addr) bool {
	if a.Is4() {
		return len(f) >= 42 && f[12] == 8 && f[13] == 6 && bytes.Equal(f[28:32], a.AsSlice()) && bytes.Equal(f[38:42], a.AsSlice())
	}
	return len(f) >= 78 && f[12] == 0x86 && f[20] == 58 && f[54] == 136 && bytes.Equal(f[62:78], a.AsSlice())
}

// The kernel checks the sum when it receives; here it is held against an
// example worked by hand from RFC 1071.
func TestChecksum(t *testing.T) {
	h := make([]byte, ipv6Header+2)
	h[ipv6Header], h[ipv6Header+1] = 0x80, 0x01
	if got := checksum6(h); got != ^uint16(0x8001+2+icmpv6) {
		t.Errorf("checksum %#x", got)
	}
}

func TestHostname(t *testing.T) {
	must(t, box.SetHostname("understudy-test"))
	if name, err := os.Hostname(); err != nil || name != "understudy-test" {
		t.Errorf("host name %q, %v", name, err)
	}
	if err := box.SetHostname(string(make([]byte, 65))); err == nil {
		t.Error("a name longer than the kernel's limit was accepted")
	}
}

func TestRouterAdvertisementsCanBeRefused(t *testing.T) {
	nettest.New(t, "eth0")
	for _, on := range []bool{true, false} {
		must(t, box.AcceptRouters("eth0", on))
		for _, name := range []string{"accept_ra", "autoconf"} {
			b, err := os.ReadFile("/proc/sys/net/ipv6/conf/eth0/" + name)
			must(t, err)
			if want := map[bool]string{true: "1\n", false: "0\n"}[on]; string(b) != want {
				t.Errorf("%s is %q, want %q", name, b, want)
			}
		}
	}
}

func FuzzOwners(f *testing.F) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	f.Add(arpFrame(mac, addr("192.0.2.1"), addr("192.0.2.1")))
	f.Add(ndAnnouncement(mac, addr("2001:db8::1")))
	f.Fuzz(func(t *testing.T, frame []byte) {
		for _, who := range []net.HardwareAddr{
			arpOwner(frame, addr("192.0.2.1"), net.HardwareAddr{2, 0, 0, 0, 0, 2}),
			ndOwner(frame, addr("2001:db8::1"), net.HardwareAddr{2, 0, 0, 0, 0, 2}),
		} {
			if who != nil && len(who) != 6 {
				t.Fatalf("owner %v", who)
			}
		}
	})
}
