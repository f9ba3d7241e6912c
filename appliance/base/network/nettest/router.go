// SPDX-License-Identifier: Apache-2.0

package nettest

import (
	"net"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Beyond says what becomes of packets that the LAN is to forward to cidr:
// refused with an ICMP message, or swallowed.
func (l *LAN) Beyond(cidr string, refused bool) {
	l.t.Helper()
	l.Do(func() {
		l.must(os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644))
		_, to, err := net.ParseCIDR(cidr)
		l.must(err)
		kind := unix.RTN_BLACKHOLE
		if refused {
			kind = unix.RTN_UNREACHABLE
		}
		l.must(netlink.RouteAdd(&netlink.Route{Dst: to, Type: kind}))
	})
}
