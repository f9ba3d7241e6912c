// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"context"
	"net/netip"
	"slices"
	"sync"
)

// Neighbour is a station that owns addresses: it answers ARP requests,
// neighbour solicitations and IPv4 echo requests for them, as any machine on a
// LAN does. It serves tests of addresses that are in use, and of gateways that
// are there.
type Neighbour struct {
	station *Station
	mac     MAC

	mu    sync.Mutex
	addrs []netip.Addr
}

// NewNeighbour plugs a neighbour into the port. It answers until the port is
// unplugged.
func NewNeighbour(p *Port, mac MAC, addrs ...netip.Addr) *Neighbour {
	n := &Neighbour{station: p.Open(), mac: mac, addrs: addrs}
	go n.answer()
	return n
}

// Own adds an address.
func (n *Neighbour) Own(a netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addrs = append(n.addrs, a)
}

// Disown gives an address up.
func (n *Neighbour) Disown(a netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addrs = slices.DeleteFunc(n.addrs, func(b netip.Addr) bool { return a == b })
}

// Announce sends a gratuitous ARP reply for an IPv4 address, as the new owner
// of an address does.
func (n *Neighbour) Announce(a netip.Addr) error {
	return n.station.Send(arpFrame(n.mac, broadcast, arpReply, n.mac, a, broadcast, a))
}

func (n *Neighbour) owns(a netip.Addr) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Contains(n.addrs, a)
}

func (n *Neighbour) answer() {
	for {
		data, err := n.station.Receive(context.Background())
		if err != nil {
			return
		}
		if reply := n.reply(Frame{Data: data}); reply != nil {
			n.station.Send(reply) // fails only when the port is unplugged, which Receive sees too
		}
	}
}

// reply is the answer to a frame, nil if there is none.
func (n *Neighbour) reply(f Frame) []byte {
	if arp, ok := ParseARP(f.Data); ok {
		if arp.Request && n.owns(arp.TargetIP) {
			return arpFrame(n.mac, arp.SenderMAC, arpReply, n.mac, arp.TargetIP, arp.SenderMAC, arp.SenderIP)
		}
		return nil
	}
	if from, target, ok := parseSolicitation(f.Data); ok && n.owns(target) {
		return advertisement(n.mac, f.Src(), target, from)
	}
	if dst, ok := parseEcho(f.Data); ok && n.owns(dst) {
		return echoReply(n.mac, f)
	}
	return nil
}
