// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"encoding/binary"
	"net/netip"
)

const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	etherIPv6 = 0x86dd

	arpRequest = 1
	arpReply   = 2
	arpLen     = 28 // for Ethernet and IPv4
)

var broadcast = MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// ARP is an ARP message about IPv4 addresses on Ethernet.
type ARP struct {
	Request   bool // else a reply
	SenderMAC MAC
	SenderIP  netip.Addr
	TargetMAC MAC
	TargetIP  netip.Addr
}

// Gratuitous reports whether the sender tells of its own address.
func (a ARP) Gratuitous() bool { return a.SenderIP == a.TargetIP }

// ParseARP reads a frame; ok is false if it is no ARP message.
func ParseARP(frame []byte) (a ARP, ok bool) {
	f := Frame{Data: frame}
	if f.EtherType() != etherARP || len(frame) < headerLen+arpLen {
		return a, false
	}
	b := frame[headerLen:]
	if binary.BigEndian.Uint64(b)>>16 != 0x0001_0800_0604 {
		return a, false // not Ethernet and IPv4
	}
	op := binary.BigEndian.Uint16(b[6:])
	a.Request = op == arpRequest
	copy(a.SenderMAC[:], b[8:])
	a.SenderIP = netip.AddrFrom4([4]byte(b[14:18]))
	copy(a.TargetMAC[:], b[18:])
	a.TargetIP = netip.AddrFrom4([4]byte(b[24:28]))
	return a, op == arpRequest || op == arpReply
}

// arpFrame makes a whole frame; the addresses must be IPv4.
func arpFrame(src, dst MAC, op uint16, senderMAC MAC, sender netip.Addr, targetMAC MAC, target netip.Addr) []byte {
	b := ethernet(dst, src, etherARP)
	b = binary.BigEndian.AppendUint16(append(b, 0, 1, 8, 0, 6, 4), op)
	b = append(append(b, senderMAC[:]...), sender.AsSlice()...)
	return append(append(b, targetMAC[:]...), target.AsSlice()...)
}

func ethernet(dst, src MAC, etherType uint16) []byte {
	return binary.BigEndian.AppendUint16(append(append([]byte{}, dst[:]...), src[:]...), etherType)
}
