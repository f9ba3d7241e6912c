// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"encoding/binary"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// An ARP packet for IPv4 over Ethernet, RFC 826: where its fields lie behind
// the Ethernet header.
const (
	etherHeader = 14 // bytes: destination, source, type
	arpSize     = 28
	arpRequest  = 1
)

var broadcast = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// arpFrame asks who has target. A sender of 0.0.0.0 makes it the probe of RFC
// 5227, which puts nothing into anybody's table; a sender equal to target
// makes it an announcement, which does.
func arpFrame(from net.HardwareAddr, sender, target netip.Addr) []byte {
	f := make([]byte, etherHeader+arpSize)
	copy(f[0:], broadcast)
	copy(f[6:], from)
	binary.BigEndian.PutUint16(f[12:], unix.ETH_P_ARP)
	p := f[etherHeader:]
	binary.BigEndian.PutUint16(p[0:], 1) // Ethernet
	binary.BigEndian.PutUint16(p[2:], unix.ETH_P_IP)
	p[4], p[5] = 6, 4 // bytes of either address
	binary.BigEndian.PutUint16(p[6:], arpRequest)
	copy(p[8:], from)
	copy(p[14:], sender.AsSlice())
	copy(p[24:], target.AsSlice())
	return f
}

// arpOwner tells from a frame who claims target: whoever sends with that
// address, or probes for it at the same time as this machine. nil if nobody.
func arpOwner(f []byte, target netip.Addr, self net.HardwareAddr) net.HardwareAddr {
	if len(f) < etherHeader+arpSize || binary.BigEndian.Uint16(f[12:]) != unix.ETH_P_ARP {
		return nil
	}
	p := f[etherHeader:]
	if binary.BigEndian.Uint32(p[0:]) != 1<<16|unix.ETH_P_IP || p[4] != 6 || p[5] != 4 {
		return nil
	}
	owner := net.HardwareAddr(p[8:14])
	if owner.String() == self.String() {
		return nil
	}
	sender, asked := netip.AddrFrom4([4]byte(p[14:18])), netip.AddrFrom4([4]byte(p[24:28]))
	if sender == target || sender.IsUnspecified() && asked == target {
		return append(net.HardwareAddr(nil), owner...)
	}
	return nil
}
