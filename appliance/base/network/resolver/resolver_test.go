// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// nameServer answers on a loopback port by UDP and TCP with what reply makes
// of the question. A nil reply is silence.
func nameServer(t *testing.T, reply func(q dnsmessage.Message, tcp bool) *dnsmessage.Message) netip.AddrPort {
	t.Helper()
	u, l := samePort(t)
	t.Cleanup(func() { u.Close(); l.Close() })
	answer := func(b []byte, tcp bool) []byte {
		var q dnsmessage.Message
		if q.Unpack(b) != nil {
			return nil
		}
		m := reply(q, tcp)
		if m == nil {
			return nil
		}
		packed, err := m.Pack()
		if err != nil {
			t.Error(err)
		}
		return packed
	}
	go func() {
		for b := make([]byte, 2000); ; {
			n, from, err := u.ReadFrom(b)
			if err != nil {
				return
			}
			if a := answer(b[:n], false); a != nil {
				_, _ = u.WriteTo(a, from)
			}
		}
	}()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			var size uint16
			if binary.Read(c, binary.BigEndian, &size) == nil {
				b := make([]byte, size)
				if _, err := io.ReadFull(c, b); err == nil {
					a := answer(b, true)
					_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(a))), a...))
				}
			}
			c.Close()
		}
	}()
	return netip.MustParseAddrPort(u.LocalAddr().String())
}

// samePort listens by UDP and TCP on one port that is free for both. One that is
// free for UDP may be in use for TCP.
func samePort(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for {
		u, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", u.LocalAddr().String())
		if err == nil {
			return u, l
		}
		u.Close()
		if !errors.Is(err, unix.EADDRINUSE) {
			t.Fatal(err)
		}
	}
}

func answering(records ...dnsmessage.ResourceBody) func(dnsmessage.Message, bool) *dnsmessage.Message {
	return func(q dnsmessage.Message, _ bool) *dnsmessage.Message {
		m := &dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true}, Questions: q.Questions}
		for _, r := range records {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Questions[0].Name, Type: q.Questions[0].Type, Class: dnsmessage.ClassINET, TTL: 60}, Body: r})
		}
		return m
	}
}

func over(servers ...netip.AddrPort) *Resolver {
	return New(func() []netip.AddrPort { return servers })
}

// closed is a port that nobody listens on any more.
func closed(t *testing.T) netip.AddrPort {
	t.Helper()
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	return netip.MustParseAddrPort(u.LocalAddr().String())
}

func TestRecordsOfEveryType(t *testing.T) {
	name := dnsmessage.MustNewName("mail.example.net.")
	for _, tc := range []struct {
		kind string
		body dnsmessage.ResourceBody
		want string
	}{
		{"A", &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}}, "192.0.2.1"},
		{"AAAA", &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr("2001:db8::1").As16()}, "2001:db8::1"},
		{"CNAME", &dnsmessage.CNAMEResource{CNAME: name}, "mail.example.net"},
		{"MX", &dnsmessage.MXResource{Pref: 10, MX: name}, "10 mail.example.net"},
		{"NS", &dnsmessage.NSResource{NS: name}, "mail.example.net"},
		{"PTR", &dnsmessage.PTRResource{PTR: name}, "mail.example.net"},
		{"SRV", &dnsmessage.SRVResource{Priority: 1, Weight: 2, Port: 443, Target: name}, "1 2 443 mail.example.net"},
		{"TXT", &dnsmessage.TXTResource{TXT: []string{"v=1", "\x1b[2J"}}, `"v=1" "\x1b[2J"`},
	} {
		kind, ok := ParseType(strings.ToLower(tc.kind))
		if !ok {
			t.Fatalf("type %s is not known", tc.kind)
		}
		a, err := over(nameServer(t, answering(tc.body))).Query(t.Context(), "example.net", kind)
		if err != nil {
			t.Fatal(err)
		}
		want := []Record{{"example.net", tc.kind, tc.want, time.Minute}}
		if !slices.Equal(a.Records, want) {
			t.Errorf("%s: %+v, want %+v", tc.kind, a.Records, want)
		}
	}
	if !slices.Equal(Types(), []string{"A", "AAAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT"}) {
		t.Error("types differ from those tested")
	}
}

func TestLongAnswerComesByTCP(t *testing.T) {
	long := &dnsmessage.TXTResource{TXT: slices.Repeat([]string{strings.Repeat("x", 200)}, 20)}
	s := nameServer(t, func(q dnsmessage.Message, tcp bool) *dnsmessage.Message {
		if tcp {
			return answering(long)(q, tcp)
		}
		m := answering()(q, tcp)
		m.Truncated = true
		return m
	})
	a, err := over(s).Query(t.Context(), "example.net", dnsmessage.TypeTXT)
	if err != nil || len(a.Records) != 1 || len(a.Records[0].Data) < 4000 {
		t.Errorf("%+v, %v", a, err)
	}
}

// A server that is gone must cost one failure, not one a question.
func TestNextServerIsRemembered(t *testing.T) {
	var asked atomic.Int32
	good := nameServer(t, func(q dnsmessage.Message, tcp bool) *dnsmessage.Message {
		asked.Add(1)
		return answering(&dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}})(q, tcp)
	})
	r := over(closed(t), good)
	for i := range 3 {
		a, err := r.Query(t.Context(), "example.net", dnsmessage.TypeA)
		if err != nil || a.Server != good || asked.Load() != int32(i+1) {
			t.Errorf("%+v, %v after %d questions", a, err, asked.Load())
		}
	}
	if r.current.Load() != 1 {
		t.Errorf("begins with server %d", r.current.Load())
	}
	if _, err := over(closed(t), closed(t)).Query(t.Context(), "example.net", dnsmessage.TypeA); err == nil {
		t.Error("an answer from nobody")
	}
	if _, err := over().Query(t.Context(), "example.net", dnsmessage.TypeA); !errors.Is(err, ErrNoServers) {
		t.Errorf("without servers: %v", err)
	}
}

// Packets that answer another question, whoever sent them, are passed over.
func TestForgedAnswersAreIgnored(t *testing.T) {
	n := 0
	s := nameServer(t, func(q dnsmessage.Message, tcp bool) *dnsmessage.Message {
		m := answering(&dnsmessage.AResource{A: [4]byte{203, 0, 113, 66}})(q, tcp)
		switch n++; n {
		case 1:
			m.ID++
		case 2:
			m.Response = false
		case 3:
			m.Questions[0].Name = dnsmessage.MustNewName("other.example.")
		}
		return m
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for range 3 {
		if a, err := over(s).Query(ctx, "example.net", dnsmessage.TypeA); err == nil {
			t.Errorf("accepted %+v", a)
		}
	}
}

func TestNetResolver(t *testing.T) {
	good := nameServer(t, func(q dnsmessage.Message, tcp bool) *dnsmessage.Message {
		if q.Questions[0].Type != dnsmessage.TypeA {
			return answering()(q, tcp)
		}
		return answering(&dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}})(q, tcp)
	})
	r := over(closed(t), good).Net()
	for range 2 {
		got, err := r.LookupHost(t.Context(), "example.net.")
		if err != nil || !slices.Equal(got, []string{"192.0.2.1"}) {
			t.Fatalf("%v, %v", got, err)
		}
	}
	if _, err := over().Net().LookupHost(t.Context(), "example.net."); err == nil {
		t.Error("an answer without a server")
	}
}

// A server that says nothing leaves the next one its time, for programs that
// look names up as for people.
func TestNetResolverPassesSilence(t *testing.T) {
	silent := nameServer(t, func(dnsmessage.Message, bool) *dnsmessage.Message { return nil })
	good := nameServer(t, answering(&dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}}))
	r := over(silent, good)
	r.within = 50 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // as the tools wait
	defer cancel()
	got, err := r.Net().LookupNetIP(ctx, "ip4", "example.net.")
	if err != nil || len(got) != 1 || got[0].Unmap() != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("%v, %v", got, err)
	}
}

func TestBadNames(t *testing.T) {
	r := over(closed(t))
	for _, name := range []string{"", strings.Repeat("a", 64) + ".example", strings.Repeat("a.", 200)} {
		if _, err := r.Query(t.Context(), name, dnsmessage.TypeA); err == nil {
			t.Errorf("asked for %q", name)
		}
	}
}

func TestReverseName(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.10":        "10.2.0.192.in-addr.arpa",
		"::ffff:192.0.2.10": "10.2.0.192.in-addr.arpa",
		"2001:db8::1":       "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
	} {
		if got := ReverseName(netip.MustParseAddr(in)); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

func TestWriteConf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	ap := netip.MustParseAddrPort
	if err := WriteConf(path, []netip.AddrPort{ap("192.0.2.1:53"), ap("10.0.2.2:5353"), ap("[2001:db8::1]:53"), ap("192.0.2.2:53"), ap("192.0.2.3:53")}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "# Written by the appliance from its network configuration.\nnameserver 192.0.2.1\n" +
		"# nameserver 10.0.2.2:5353 (its port cannot be expressed here)\nnameserver 2001:db8::1\nnameserver 192.0.2.2\n"
	if string(b) != want {
		t.Errorf("got:\n%s", b)
	}
}

func FuzzMatch(f *testing.F) {
	q, packed, err := question("example.net", dnsmessage.TypeA)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := match(b, q)
		if err != nil {
			return
		}
		for _, r := range records(m.Answers) {
			for _, c := range r.Data + r.Name {
				if c < ' ' || c > '~' {
					t.Fatalf("%q reaches a page", r.Data)
				}
			}
		}
	})
}
