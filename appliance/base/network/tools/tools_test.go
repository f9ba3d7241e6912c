// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"understudy/appliance/base/network/kernel"
	"understudy/appliance/base/network/nettest"
	"understudy/appliance/base/network/resolver"
)

func TestMain(m *testing.M) { nettest.Main(m) }

// plug puts the box at 192.0.2.10 and 2001:db8::10 into a LAN whose router,
// 192.0.2.1, refuses 198.51.100.0/24 and swallows 203.0.113.0/24.
func plug(t *testing.T) *nettest.LAN {
	t.Helper()
	lan := nettest.New(t, "eth0")
	lan.Add("192.0.2.1/24")
	lan.Add("2001:db8::1/64")
	lan.Beyond("198.51.100.0/24", true)
	lan.Beyond("203.0.113.0/24", false)
	nettest.Sysctl(t, "ipv6/conf/eth0/accept_dad", "0") // addresses are usable at once
	var box kernel.Netlink
	for _, err := range []error{
		box.Up("lo"), // over which the kernel tells itself of absent neighbours
		box.Up("eth0"),
		box.AddAddress("eth0", netip.MustParsePrefix("192.0.2.10/24"), 0),
		box.AddAddress("eth0", netip.MustParsePrefix("2001:db8::10/64"), 0),
		box.AddDefault(kernel.Route{Link: "eth0", Gateway: netip.MustParseAddr("192.0.2.1")}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	// An absent neighbour is to be noticed at once, not after three seconds.
	nettest.Sysctl(t, "ipv4/neigh/eth0/mcast_solicit", "1")
	nettest.Sysctl(t, "ipv4/neigh/eth0/retrans_time_ms", "500")
	return lan
}

// listen opens a TCP port on the LAN.
func listen(t *testing.T, lan *nettest.LAN, address string) (port int) {
	t.Helper()
	lan.Do(func() {
		l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { l.Close() })
		port = l.Addr().(*net.TCPAddr).Port
	})
	return port
}

// names is a name server on the LAN: box.example has two addresses, the first
// of which is dead; everything else does not exist.
func names(t *testing.T, lan *nettest.LAN) *resolver.Resolver {
	t.Helper()
	var c net.PacketConn
	lan.Do(func() {
		var err error
		if c, err = net.ListenPacket("udp", "192.0.2.1:5353"); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { c.Close() })
	go func() {
		for b := make([]byte, 2000); ; {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(b[:n]) != nil {
				continue
			}
			m.Response, m.Additionals = true, nil
			q := m.Questions[0]
			header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60}
			switch {
			case q.Name.String() == "broken.example.":
				m.RCode = dnsmessage.RCodeServerFailure
			case q.Name.String() == "strict.example.":
				m.RCode = dnsmessage.RCodeRefused
			case q.Name.String() == "1.2.0.192.in-addr.arpa." && q.Type == dnsmessage.TypePTR:
				m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName("box.example.")}}}
			case q.Name.String() == "loop.example.":
				if q.Type == dnsmessage.TypeA {
					m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
				}
			case q.Name.String() != "box.example.":
				m.RCode = dnsmessage.RCodeNameError
			case q.Type == dnsmessage.TypeA:
				m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, 99}}},
					{Header: header, Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}}}}
			}
			packed, err := m.Pack()
			if err == nil {
				_, _ = c.WriteTo(packed, from)
			}
		}
	}()
	return resolver.New(func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:5353")} })
}

// patience is how long a test waits for what must come: only a failure needs it.
const patience = time.Minute

func TestTCP(t *testing.T) {
	const silence = "did not answer within" // for which is waited
	lan := plug(t)
	box := Box{Resolver: names(t, lan)}
	port := listen(t, lan, "192.0.2.1")
	port6 := listen(t, lan, "2001:db8::1")
	for _, tc := range []struct {
		host string
		port int
		want string // part of the problem; empty: it opens
	}{
		{"192.0.2.1", port, ""},
		{"2001:db8::1", port6, ""},
		{"box.example", port, ""}, // over its dead first address
		{"192.0.2.1", 9, "refused the connection"},
		{"192.0.2.99", 443, "no machine answers"},
		{"198.51.100.1", 443, "no machine answers"},
		{"203.0.113.1", 443, silence},
		{"2001:db8:1::1", 443, "no route"},
		{"gone.example", 443, "does not exist"},
		{"loop.example", 443, "not the address of another machine"},
	} {
		limit := patience
		if tc.want == silence {
			limit = time.Second
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		r, err := box.TCPTest(ctx, tc.host, tc.port)
		cancel()
		if err != nil || r.OK != (tc.want == "") || !strings.Contains(r.Problem, tc.want) {
			t.Errorf("%s port %d: %+v, %v; want %q", tc.host, tc.port, r, err, tc.want)
		}
	}
}

func TestPing(t *testing.T) {
	lan := plug(t)
	box := Box{Resolver: names(t, lan), EchoTime: patience}
	for _, host := range []string{"192.0.2.1", "2001:db8::1"} {
		r, err := box.Ping(t.Context(), host, 2)
		if err != nil || r.Sent != 2 || r.Received != 2 || len(r.RoundTrips) != 2 || r.Address != host || r.Problem != "" {
			t.Errorf("%s: %+v, %v", host, r, err)
		}
	}
	for host, want := range map[string]string{
		"192.0.2.99":    "there is no way to it",
		"198.51.100.1":  "192.0.2.1 says that there is no way",
		"2001:db8:1::1": "no route",
		"gone.example":  "does not exist",
	} {
		r, err := box.Ping(t.Context(), host, 1)
		if err != nil || r.Received != 0 || !strings.Contains(r.Problem, want) {
			t.Errorf("%s: %+v, %v; want %q", host, r, err, want)
		}
	}
	box.EchoTime = 0
	if r, err := box.Ping(t.Context(), "203.0.113.1", 1); err != nil || r.Received != 0 || !strings.Contains(r.Problem, "did not answer") {
		t.Errorf("silence: %+v, %v", r, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if r, err := box.Ping(ctx, "203.0.113.1", 10); err != nil || r.Sent != 1 || !strings.Contains(r.Problem, "called off") {
		t.Errorf("called off: %+v, %v", r, err)
	}
}

func TestLookup(t *testing.T) {
	lan := plug(t)
	box := Box{Resolver: names(t, lan)}
	r, err := box.Lookup(t.Context(), "box.example", "a")
	if err != nil || len(r.Records) != 2 || r.Records[0].Data != "192.0.2.99" || r.Server != "192.0.2.1:5353" || r.Problem != "" {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := box.Lookup(t.Context(), "192.0.2.1", "PTR"); err != nil || len(r.Records) != 1 || r.Records[0].Data != "box.example" {
		t.Errorf("reverse: %+v, %v", r, err)
	}
	for name, want := range map[string]string{
		"gone.example":   "does not exist",
		"box.example.":   "exists but has no MX record",
		"broken.example": "server failure",
		"strict.example": "refuses to answer",
	} {
		if r, err := box.Lookup(t.Context(), name, "MX"); err != nil || !strings.Contains(r.Problem, want) {
			t.Errorf("%s: %+v, %v; want %q", name, r, err, want)
		}
	}
	dead := resolver.New(func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:9")} })
	if r, err := (Box{Resolver: dead}).Lookup(t.Context(), "box.example", "A"); err != nil || !strings.Contains(r.Problem, "None of the name servers") {
		t.Errorf("dead server: %+v, %v", r, err)
	}
	none := Box{Resolver: resolver.New(func() []netip.AddrPort { return nil })}
	if r, err := none.Lookup(t.Context(), "box.example", "A"); err != nil || !strings.Contains(r.Problem, "No name server is configured") {
		t.Errorf("no server: %+v, %v", r, err)
	}
	if r, err := none.TCPTest(t.Context(), "box.example", 1); err != nil || !strings.Contains(r.Problem, "no name server is configured") {
		t.Errorf("no server: %+v, %v", r, err)
	}
}

func TestBadInput(t *testing.T) {
	box := Box{Resolver: resolver.New(func() []netip.AddrPort { return nil })}
	for _, host := range []string{"", " ", "a b", "-x", "x;reboot", "$(x)", "127.0.0.1", "::1", "::ffff:127.0.0.1", "224.0.0.1", "0.0.0.0",
		strings.Repeat("a", 64), strings.Repeat("a.", 200), "a..b", "ünï.example", "a\x00b", "[::2]"} {
		_, err := box.TCPTest(t.Context(), host, 443)
		isInput(t, host, err)
		_, err = box.Ping(t.Context(), host, 1)
		isInput(t, host, err)
	}
	for _, port := range []int{0, -1, 65536, 1 << 40} {
		_, err := box.TCPTest(t.Context(), "192.0.2.1", port)
		isInput(t, strconv.Itoa(port), err)
	}
	for _, count := range []int{0, -1, 11} {
		_, err := box.Ping(t.Context(), "192.0.2.1", count)
		isInput(t, strconv.Itoa(count), err)
	}
	for _, q := range [][2]string{{"", "A"}, {"example.net", "AXFR"}, {"example.net", ""}, {"192.0.2.1", "A"}, {"a b", "TXT"}} {
		_, err := box.Lookup(t.Context(), q[0], q[1])
		isInput(t, q[0]+" "+q[1], err)
	}
}

func isInput(t *testing.T, input string, err error) {
	t.Helper()
	var bad *InputError
	if !errors.As(err, &bad) || bad.Field == "" || !strings.HasSuffix(bad.Text, ".") {
		t.Errorf("%q: %v", input, err)
	}
}

func FuzzEchoMatch(f *testing.F) {
	f.Add([]byte{3, 1, 0, 0, 0, 0, 0, 0, 0x45, 0, 0, 0}, true)
	f.Fuzz(func(t *testing.T, b []byte, v4 bool) {
		e := &echo{protocol: protocol6}
		if v4 {
			e.protocol = protocol4
		}
		_, _ = e.match(b, netip.Addr{}, 1)
		e.quoted(b, 1)
	})
}
