// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"net/netip"
	"time"
)

// Link is an Ethernet interface as the kernel has it now.
type Link struct {
	Name      string
	MAC       string // six bytes, lower-case hex, colons
	Driver    string // kernel module; empty if there is no device behind the link
	On        bool   // switched on, see Up
	Carrier   bool   // a cable is plugged in and the other end is there
	SpeedMbps int    // 0: not known
	Duplex    string // "full", "half" or empty
	MTU       int    // bytes
	Addresses []Address
}

// Address is an address on a link.
type Address struct {
	Prefix    netip.Prefix  // the address itself, not masked
	Valid     time.Duration // until the kernel drops it; 0: forever
	Tentative bool          // IPv6: duplicate detection is still running
	Duplicate bool          // IPv6: another machine has it; not in use
}

// Origin says who made a route.
type Origin int

// Origins of default routes. Those of routers are the kernel's own business.
const (
	Static Origin = iota // configured
	Lease                // from a DHCP lease
	Router               // from a router advertisement
	Foreign
)

// Route is a default route.
type Route struct {
	Link    string
	Gateway netip.Addr // no zone
	Origin  Origin
}

// Netlink is the kernel itself. The zero value is ready; its methods may be
// called from several goroutines at once.
type Netlink struct {
	// Sys and Proc are where sysfs and procfs are mounted, normally empty for
	// /sys and /proc.
	Sys, Proc string
}

func (n Netlink) sys() string {
	if n.Sys == "" {
		return "/sys"
	}
	return n.Sys
}

func (n Netlink) proc() string {
	if n.Proc == "" {
		return "/proc"
	}
	return n.Proc
}
