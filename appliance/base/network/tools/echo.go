// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// ICMP protocol numbers, and the size of an IPv6 header.
const (
	protocol4   = 1
	protocol6   = 58
	ipv6Header  = 40
	errorQuotes = 8 // bytes of an echo request that an ICMP error surely quotes
)

var errNoEcho = errors.New("no answer in time")

// echo is a conversation of echo requests and replies with one address.
type echo struct {
	to       netip.Addr
	conn     *icmp.PacketConn
	id       int
	token    []byte
	protocol int
	request  icmp.Type
	reply    icmp.Type
	failure  icmp.Type
}

func openEcho(to netip.Addr) (*echo, error) {
	e := &echo{to: to, protocol: protocol4, request: ipv4.ICMPTypeEcho, reply: ipv4.ICMPTypeEchoReply, failure: ipv4.ICMPTypeDestinationUnreachable}
	network, any := "ip4:icmp", "0.0.0.0"
	if !to.Is4() {
		e.protocol, e.request, e.reply, e.failure = protocol6, ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply, ipv6.ICMPTypeDestinationUnreachable
		network, any = "ip6:ipv6-icmp", "::"
	}
	var err error
	if e.token, err = token(); err != nil {
		return nil, err
	}
	e.id = int(binary.BigEndian.Uint16(e.token))
	if e.conn, err = icmp.ListenPacket(network, any); err != nil {
		return nil, fmt.Errorf("open a socket for ICMP: %w", err)
	}
	return e, nil
}

func (e *echo) close() { e.conn.Close() }

// exchange sends one request and waits for its reply, so long.
func (e *echo) exchange(seq int, limit time.Duration) (time.Duration, error) {
	m := icmp.Message{Type: e.request, Body: &icmp.Echo{ID: e.id, Seq: seq, Data: e.token}}
	packet, err := m.Marshal(nil)
	if err != nil {
		return 0, fmt.Errorf("make the packet: %w", err)
	}
	start := time.Now()
	if err := e.conn.SetReadDeadline(start.Add(limit)); err != nil {
		return 0, fmt.Errorf("wait for an answer: %w", err)
	}
	if _, err := e.conn.WriteTo(packet, &net.IPAddr{IP: e.to.AsSlice(), Zone: e.to.Zone()}); err != nil {
		return 0, fmt.Errorf("send: %w", err)
	}
	for buffer := make([]byte, 1500); ; {
		n, from, err := e.conn.ReadFrom(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, errNoEcho
		}
		if err != nil {
			return 0, fmt.Errorf("receive: %w", err)
		}
		ours, err := e.match(buffer[:n], senderOf(from), seq)
		if ours {
			return time.Since(start), err
		}
	}
}

// match reads a packet: the socket gets every ICMP packet that the box gets.
func (e *echo) match(b []byte, from netip.Addr, seq int) (ours bool, err error) {
	m, err := icmp.ParseMessage(e.protocol, b)
	if err != nil {
		return false, nil
	}
	switch body := m.Body.(type) {
	case *icmp.Echo:
		return m.Type == e.reply && body.ID == e.id && body.Seq == seq && bytes.Equal(body.Data, e.token), nil
	case *icmp.DstUnreach:
		return m.Type == e.failure && e.quoted(body.Data, seq), unreachable{from}
	}
	return false, nil
}

// quoted says whether an ICMP error quotes the request with this number.
func (e *echo) quoted(packet []byte, seq int) bool {
	header := ipv6Header
	if e.protocol == protocol4 {
		if len(packet) == 0 {
			return false
		}
		header = int(packet[0]&0xf) * 4
	}
	if len(packet) < header+errorQuotes {
		return false
	}
	q := packet[header:]
	return int(binary.BigEndian.Uint16(q[4:])) == e.id && int(binary.BigEndian.Uint16(q[6:])) == seq
}

func senderOf(a net.Addr) netip.Addr {
	if ip, ok := a.(*net.IPAddr); ok {
		if s, ok := netip.AddrFromSlice(ip.IP); ok {
			return s.Unmap()
		}
	}
	return netip.Addr{}
}
