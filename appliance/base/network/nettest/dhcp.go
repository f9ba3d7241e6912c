// SPDX-License-Identifier: Apache-2.0

package nettest

import (
	"net"
	"sync"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv4/server4"
)

// DHCPServer is a server on the LAN with one address to give.
type DHCPServer struct {
	mu       sync.Mutex
	own      *net.IPNet
	ownIP    net.IP
	offer    net.IP
	duration time.Duration
	hostname string
}

// DHCP starts a server at cidr, which is also router and name server, that
// offers one address to whoever asks. It ends with the test.
func (l *LAN) DHCP(cidr, offer string, duration time.Duration) *DHCPServer {
	l.t.Helper()
	l.Add(cidr)
	ip, own, err := net.ParseCIDR(cidr)
	l.must(err)
	d := &DHCPServer{own: own, ownIP: ip, duration: duration}
	d.Offer(offer)
	var s *server4.Server
	l.Do(func() {
		s, err = server4.NewServer(l.Port, &net.UDPAddr{IP: net.IPv4zero, Port: dhcpv4.ServerPort}, d.answer)
		l.must(err)
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Serve() // ends with an error when it is closed
	}()
	l.t.Cleanup(func() {
		s.Close()
		<-ended
	})
	return d
}

// Offer changes the address to give; requests for any other are refused.
func (d *DHCPServer) Offer(address string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.offer = net.ParseIP(address).To4()
}

// Hostname is the name the last client gave.
func (d *DHCPServer) Hostname() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.hostname
}

func (d *DHCPServer) answer(c net.PacketConn, peer net.Addr, m *dhcpv4.DHCPv4) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hostname = m.HostName()
	kind := dhcpv4.MessageTypeOffer
	if m.MessageType() == dhcpv4.MessageTypeRequest {
		kind = dhcpv4.MessageTypeAck
		wanted := m.RequestedIPAddress()
		if wanted == nil {
			wanted = m.ClientIPAddr
		}
		if !d.offer.Equal(wanted) {
			kind = dhcpv4.MessageTypeNak
		}
	}
	with := []dhcpv4.Modifier{dhcpv4.WithMessageType(kind), dhcpv4.WithServerIP(d.ownIP),
		dhcpv4.WithOption(dhcpv4.OptServerIdentifier(d.ownIP))}
	if kind != dhcpv4.MessageTypeNak {
		with = append(with, dhcpv4.WithYourIP(d.offer), dhcpv4.WithNetmask(d.own.Mask), dhcpv4.WithRouter(d.ownIP),
			dhcpv4.WithDNS(d.ownIP), dhcpv4.WithLeaseTime(uint32(d.duration/time.Second)))
	}
	reply, err := dhcpv4.NewReplyFromRequest(m, with...)
	if err != nil {
		return
	}
	_, _ = c.WriteTo(reply.ToBytes(), &net.UDPAddr{IP: net.IPv4bcast, Port: dhcpv4.ClientPort})
}
