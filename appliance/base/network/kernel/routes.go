// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Preference among default routes, the lowest wins: what somebody configured,
// then what DHCP said, then (1024, the kernel's own) router advertisements.
const (
	metricStatic = 100
	metricLease  = 200
)

// Defaults lists the default routes of both families.
func (n Netlink) Defaults() ([]Route, error) {
	var out []Route
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		list, err := dump("routes", func() ([]netlink.Route, error) {
			return netlink.RouteListFiltered(family, &netlink.Route{Dst: nil}, netlink.RT_FILTER_DST)
		})
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			gateway, ok := netip.AddrFromSlice(r.Gw)
			l, err := netlink.LinkByIndex(r.LinkIndex)
			if !ok || err != nil {
				continue // no gateway, or the link went away meanwhile
			}
			out = append(out, Route{Link: l.Attrs().Name, Gateway: gateway.Unmap(), Origin: originOf(r.Protocol)})
		}
	}
	return out, nil
}

func originOf(p netlink.RouteProtocol) Origin {
	switch p {
	case unix.RTPROT_STATIC:
		return Static
	case unix.RTPROT_DHCP:
		return Lease
	case unix.RTPROT_RA, unix.RTPROT_KERNEL:
		return Router
	}
	return Foreign
}

// AddDefault adds a default route of origin Static or Lease.
func (n Netlink) AddDefault(r Route) error {
	route, err := routeOf(r)
	if err == nil {
		err = netlink.RouteAppend(route)
	}
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("set the gateway %s on %s: %w", r.Gateway, r.Link, err)
	}
	return nil
}

// RemoveDefault removes one. One that is gone already is no error: the kernel
// drops routes with the address they depend on.
func (n Netlink) RemoveDefault(r Route) error {
	route, err := routeOf(r)
	if err == nil {
		err = netlink.RouteDel(route)
	}
	if err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("remove the gateway %s of %s: %w", r.Gateway, r.Link, err)
	}
	return nil
}

func routeOf(r Route) (*netlink.Route, error) {
	l, err := netlink.LinkByName(r.Link)
	if err != nil {
		return nil, err
	}
	route := &netlink.Route{LinkIndex: l.Attrs().Index, Gw: r.Gateway.AsSlice(), Table: unix.RT_TABLE_MAIN}
	switch r.Origin {
	case Static:
		route.Protocol, route.Priority = unix.RTPROT_STATIC, metricStatic
	case Lease:
		route.Protocol, route.Priority = unix.RTPROT_DHCP, metricLease
	}
	if r.Gateway.Is4() {
		route.Family = netlink.FAMILY_V4
	} else {
		route.Family = netlink.FAMILY_V6
	}
	return route, nil
}
