// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"encoding/binary"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Neighbour discovery, RFC 4861: sizes and codes of what is sent and read.
const (
	ipv6Header    = 40
	ndSize        = 24 // without options
	ndOption      = 8  // link-layer address of an Ethernet card
	icmpv6        = 58
	solicitation  = 135
	advertisement = 136
	overrideFlag  = 0x20
	hopLimit      = 255 // proves that the packet never passed a router
)

var allNodes = netip.MustParseAddr("ff02::1")

// solicitedNode is the group that the owner of an address listens to.
func solicitedNode(a netip.Addr) netip.Addr {
	b, low := netip.MustParseAddr("ff02::1:ff00:0").As16(), a.As16()
	copy(b[13:], low[13:])
	return netip.AddrFrom16(b)
}

// ndProbe asks who has target, from the unspecified address: the question of
// duplicate address detection, RFC 4862.
func ndProbe(from net.HardwareAddr, target netip.Addr) []byte {
	return ndFrame(from, netip.IPv6Unspecified(), solicitedNode(target), solicitation, 0, target, false)
}

// ndAnnouncement tells all nodes that target is here now.
func ndAnnouncement(from net.HardwareAddr, target netip.Addr) []byte {
	return ndFrame(from, target, allNodes, advertisement, overrideFlag, target, true)
}

func ndFrame(from net.HardwareAddr, source, destination netip.Addr, kind, flags byte, target netip.Addr, withMAC bool) []byte {
	size := ndSize
	if withMAC {
		size += ndOption
	}
	f := make([]byte, etherHeader+ipv6Header+size)
	group := destination.As16()
	copy(f[0:], []byte{0x33, 0x33, group[12], group[13], group[14], group[15]})
	copy(f[6:], from)
	binary.BigEndian.PutUint16(f[12:], unix.ETH_P_IPV6)
	h := f[etherHeader:]
	h[0] = 6 << 4
	binary.BigEndian.PutUint16(h[4:], uint16(size))
	h[6], h[7] = icmpv6, hopLimit
	copy(h[8:], source.AsSlice())
	copy(h[24:], destination.AsSlice())
	m := h[ipv6Header:]
	m[0], m[4] = kind, flags
	copy(m[8:], target.AsSlice())
	if withMAC {
		m[ndSize], m[ndSize+1] = 2, 1 // target link-layer address, in units of 8 bytes
		copy(m[ndSize+2:], from)
	}
	binary.BigEndian.PutUint16(m[2:], checksum6(h))
	return f
}

// checksum6 is the checksum of the ICMPv6 message behind the IPv6 header h,
// whose own checksum field is zero.
func checksum6(h []byte) uint16 {
	message := h[ipv6Header:]
	sum := uint32(len(message)) + icmpv6
	for _, part := range [][]byte{h[8:ipv6Header], message} {
		for i := 0; i+1 < len(part); i += 2 {
			sum += uint32(binary.BigEndian.Uint16(part[i:]))
		}
		if len(part)%2 == 1 {
			sum += uint32(part[len(part)-1]) << 8
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// ndOwner tells from a frame who claims target: whoever advertises it, or
// probes for it at the same time. nil if nobody.
func ndOwner(f []byte, target netip.Addr, self net.HardwareAddr) net.HardwareAddr {
	if len(f) < etherHeader+ipv6Header+ndSize || binary.BigEndian.Uint16(f[12:]) != unix.ETH_P_IPV6 {
		return nil
	}
	owner, h := net.HardwareAddr(f[6:12]), f[etherHeader:]
	m := h[ipv6Header:]
	if h[6] != icmpv6 || h[7] != hopLimit || owner.String() == self.String() || netip.AddrFrom16([16]byte(m[8:24])) != target {
		return nil
	}
	probing := m[0] == solicitation && netip.AddrFrom16([16]byte(h[8:24])).IsUnspecified()
	if m[0] == advertisement || probing {
		return append(net.HardwareAddr(nil), owner...)
	}
	return nil
}
