// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"testing/synctest"
)

var (
	ip4      = netip.MustParseAddr("192.0.2.1")
	ip4Asker = netip.MustParseAddr("192.0.2.7")
	ip6      = netip.MustParseAddr("2001:db8::1")
)

// neighbourhood is a neighbour at port 0 and the test at port 1.
func neighbourhood(t *testing.T) (*lan, *Neighbour) {
	l := newLAN(t, 1, 2)
	return l, NewNeighbour(l.ports[0], mac(9), ip4, ip6)
}

func (l *lan) ask(frame []byte) []byte {
	l.Helper()
	if err := l.ends[1].Send(frame); err != nil {
		l.Fatal(err)
	}
	synctest.Wait()
	select {
	case b := <-l.ends[1].plug.out:
		return b
	default:
		return nil
	}
}

func TestNeighbourAnswersARP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, n := neighbourhood(t)
		defer l.sw.Close()
		who := func(a netip.Addr) []byte {
			return arpFrame(mac(1), broadcast, arpRequest, mac(1), ip4Asker, MAC{}, a)
		}
		a, ok := ParseARP(l.ask(who(ip4)))
		if !ok || a.Request || a.SenderMAC != mac(9) || a.SenderIP != ip4 || a.TargetIP != ip4Asker || a.TargetMAC != mac(1) {
			t.Errorf("the answer is %+v", a)
		}
		other := netip.MustParseAddr("192.0.2.2")
		if b := l.ask(who(other)); b != nil {
			t.Errorf("an answer for an address of nobody: %x", b)
		}
		n.Own(other)
		if b := l.ask(who(other)); b == nil {
			t.Error("no answer for an address that was added")
		}
		n.Disown(ip4)
		if b := l.ask(who(ip4)); b != nil {
			t.Error("an answer for an address that was given up")
		}
		if err := n.Announce(other); err != nil {
			t.Fatal(err)
		}
		if a, ok := ParseARP(l.ask(nil)); !ok || !a.Gratuitous() || a.SenderIP != other {
			t.Errorf("announced %+v", a)
		}
	})
}

func TestNeighbourAnswersSolicitations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := neighbourhood(t)
		defer l.sw.Close()
		for _, from := range []netip.Addr{netip.MustParseAddr("2001:db8::7"), netip.IPv6Unspecified()} {
			b := l.ask(solicitation(from, ip6))
			if b == nil {
				t.Fatalf("%v gets no answer", from)
			}
			ip := b[headerLen:]
			pseudo := append(append([]byte{}, ip[8:40]...), 0, 0, 0, byte(len(ip)-ipv6Len), 0, 0, 0, protoICMPv6)
			if checksum(append(pseudo, ip[ipv6Len:]...)) != 0 {
				t.Errorf("%v: wrong checksum", from)
			}
			to := netip.AddrFrom16([16]byte(ip[24:40]))
			if from.IsUnspecified() != (to == netip.IPv6LinkLocalAllNodes()) {
				t.Errorf("%v is answered at %v", from, to)
			}
		}
		if b := l.ask(solicitation(ip6, netip.MustParseAddr("2001:db8::2"))); b != nil {
			t.Error("an answer for an address of nobody")
		}
	})
}

func solicitation(from, target netip.Addr) []byte {
	b := append(ethernet(MAC{0x33, 0x33, 0xff, 0, 0, 1}, mac(1), etherIPv6), 0x60, 0, 0, 0, 0, 24, protoICMPv6, 255)
	b = append(append(b, from.AsSlice()...), target.AsSlice()...) // the destination plays no part
	return append(append(b, neighbourSolicitation, 0, 0, 0, 0, 0, 0, 0), target.AsSlice()...)
}

func echo(dst netip.Addr, body string) []byte {
	b := append(ethernet(mac(9), mac(1), etherIPv4), 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(ipv4Len+icmpLen+len(body)))
	b = append(b, 0, 0, 0, 0, 64, protoICMP, 0, 0)
	b = append(append(b, ip4Asker.AsSlice()...), dst.AsSlice()...)
	return append(append(b, 8, 0, 0, 0, 0, 1, 0, 1), body...)
}

func TestNeighbourAnswersEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := neighbourhood(t)
		defer l.sw.Close()
		b := l.ask(append(echo(ip4, "odd"), 0, 0, 0, 0)) // with Ethernet's padding
		if b == nil {
			t.Fatal("no answer")
		}
		ip := b[headerLen : len(b)-4]
		if checksum(ip[:ipv4Len]) != 0 || checksum(ip[ipv4Len:]) != 0 {
			t.Error("wrong checksum")
		}
		if src := netip.AddrFrom4([4]byte(ip[12:16])); ip[ipv4Len] != 0 || src != ip4 || string(ip[28:]) != "odd" {
			t.Errorf("answer %x", ip)
		}
		if b := l.ask(echo(ip4Asker, "x")); b != nil {
			t.Error("an answer for another address")
		}
	})
}

func FuzzNeighbour(f *testing.F) {
	f.Add(echo(ip4, "body"))
	f.Add(solicitation(ip6, ip6))
	f.Add(arpFrame(mac(1), broadcast, arpRequest, mac(1), ip4Asker, MAC{}, ip4))
	n := &Neighbour{mac: mac(9), addrs: []netip.Addr{ip4, ip6}}
	f.Fuzz(func(t *testing.T, b []byte) { n.reply(Frame{Data: b}) })
}
