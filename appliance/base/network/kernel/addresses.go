// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// AddAddress gives a link an address, or extends the life of one that it has.
// The kernel drops it after valid; 0 is forever. A new address is announced,
// so that neighbours that knew it elsewhere learn where it is now.
func (n Netlink) AddAddress(link string, p netip.Prefix, valid time.Duration) error {
	l, a, err := addressOf(link, p)
	if err != nil {
		return fmt.Errorf("add %s to %s: %w", p, link, err)
	}
	if valid > 0 {
		seconds := int(min(max(valid/time.Second, 1), math.MaxInt32))
		a.ValidLft, a.PreferedLft = seconds, seconds
	}
	known, err := dump("the addresses of "+link, func() ([]netlink.Addr, error) {
		return netlink.AddrList(l, netlink.FAMILY_ALL)
	})
	if err != nil {
		return err
	}
	if err := netlink.AddrReplace(l, a); err != nil {
		return fmt.Errorf("add %s to %s: %w", p, link, err)
	}
	for _, k := range known {
		if k.Equal(*a) {
			return nil
		}
	}
	return n.announce(link, p.Addr())
}

// RemoveAddress takes an address from a link. One that is gone already is no
// error: leases expire by themselves.
func (n Netlink) RemoveAddress(link string, p netip.Prefix) error {
	l, a, err := addressOf(link, p)
	if err == nil {
		err = netlink.AddrDel(l, a)
	}
	if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
		return fmt.Errorf("remove %s from %s: %w", p, link, err)
	}
	return nil
}

func addressOf(link string, p netip.Prefix) (netlink.Link, *netlink.Addr, error) {
	l, err := netlink.LinkByName(link)
	if err != nil {
		return nil, nil, err
	}
	a := &netlink.Addr{IPNet: ipNet(p)}
	if p.Addr().Is4() && p.Addr().IsLinkLocalUnicast() {
		a.Scope = unix.RT_SCOPE_LINK
	}
	return l, a, nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
