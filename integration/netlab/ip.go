// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"encoding/binary"
	"net/netip"
)

const (
	protoICMP   = 1
	protoICMPv6 = 58

	ipv4Len = 20 // without options
	ipv6Len = 40
	icmpLen = 8

	neighbourSolicitation  = 135
	neighbourAdvertisement = 136
	optionTargetMAC        = 2
)

// parseEcho gives the destination of an IPv4 echo request.
func parseEcho(frame []byte) (dst netip.Addr, ok bool) {
	if (Frame{Data: frame}).EtherType() != etherIPv4 || len(frame) < headerLen+ipv4Len+icmpLen {
		return dst, false
	}
	ip := frame[headerLen:]
	total := int(binary.BigEndian.Uint16(ip[2:]))
	if ip[0] != 0x45 || ip[9] != protoICMP || ip[ipv4Len] != 8 || total < ipv4Len+icmpLen || total > len(ip) {
		return dst, false
	}
	return netip.AddrFrom4([4]byte(ip[16:20])), true
}

// echoReply turns an echo request that parseEcho has accepted round.
func echoReply(mac MAC, f Frame) []byte {
	src := f.Src()
	b := append(ethernet(src, mac, etherIPv4), f.Data[headerLen:]...)
	ip := b[headerLen : headerLen+int(binary.BigEndian.Uint16(b[headerLen+2:]))]
	copy(ip[12:16], f.Data[headerLen+16:headerLen+20])
	copy(ip[16:20], f.Data[headerLen+12:headerLen+16])
	ip[10], ip[11] = 0, 0
	binary.BigEndian.PutUint16(ip[10:], checksum(ip[:ipv4Len]))
	icmp := ip[ipv4Len:]
	icmp[0], icmp[2], icmp[3] = 0, 0, 0
	binary.BigEndian.PutUint16(icmp[2:], checksum(icmp))
	return b
}

// parseSolicitation reads an IPv6 neighbour solicitation: who asks about whom.
// The asker is unspecified when it looks whether an address is free.
func parseSolicitation(frame []byte) (from, target netip.Addr, ok bool) {
	if (Frame{Data: frame}).EtherType() != etherIPv6 || len(frame) < headerLen+ipv6Len+icmpLen+16 {
		return from, target, false
	}
	ip := frame[headerLen:]
	if ip[6] != protoICMPv6 || ip[ipv6Len] != neighbourSolicitation {
		return from, target, false
	}
	addr := func(i int) netip.Addr { return netip.AddrFrom16([16]byte(ip[i : i+16])) }
	return addr(8), addr(ipv6Len + icmpLen), true
}

// advertisement answers a neighbour solicitation. One whose asker has no
// address yet is answered to all nodes.
func advertisement(mac, asker MAC, target, from netip.Addr) []byte {
	flags := byte(0x60) // solicited, override
	if from.IsUnspecified() {
		from, asker, flags = netip.IPv6LinkLocalAllNodes(), MAC{0x33, 0x33, 0, 0, 0, 1}, 0x20
	}
	icmp := append([]byte{neighbourAdvertisement, 0, 0, 0, flags, 0, 0, 0}, target.AsSlice()...)
	icmp = append(append(icmp, optionTargetMAC, 1), mac[:]...)
	pseudo := append(target.AsSlice(), from.AsSlice()...)
	pseudo = append(binary.BigEndian.AppendUint32(pseudo, uint32(len(icmp))), 0, 0, 0, protoICMPv6)
	binary.BigEndian.PutUint16(icmp[2:], checksum(append(pseudo, icmp...)))

	b := append(ethernet(asker, mac, etherIPv6), 0x60, 0, 0, 0)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(icmp))), protoICMPv6, 255)
	b = append(append(b, target.AsSlice()...), from.AsSlice()...)
	return append(b, icmp...)
}

// checksum is the internet checksum over b, in which the field itself is 0.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	if len(b)%2 == 1 {
		sum += uint32(b[len(b)-1]) << 8
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
