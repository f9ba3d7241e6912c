// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// readings is how often a list is read again that changed while it was read.
const readings = 10

// dump reads a list from the kernel, again if it changed meanwhile.
func dump[T any](what string, read func() (T, error)) (T, error) {
	for range readings {
		list, err := read()
		if errors.Is(err, netlink.ErrDumpInterrupted) {
			continue
		}
		if err != nil {
			return list, fmt.Errorf("list %s: %w", what, err)
		}
		return list, nil
	}
	var none T
	return none, fmt.Errorf("list %s: it changed during each of %d readings", what, readings)
}

// Links lists the Ethernet interfaces in the order in which the kernel found
// them. Bridges, bonds and other links without a device are left out.
func (n Netlink) Links() ([]Link, error) {
	all, err := dump("network interfaces", netlink.LinkList)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b netlink.Link) int { return a.Attrs().Index - b.Attrs().Index })
	var links []Link
	for _, l := range all {
		a := l.Attrs()
		if a.EncapType != "ether" || l.Type() != "device" && l.Type() != "veth" {
			continue
		}
		addresses, err := dump("the addresses of "+a.Name, func() ([]netlink.Addr, error) {
			return netlink.AddrList(l, netlink.FAMILY_ALL)
		})
		if err != nil {
			return nil, err
		}
		link := Link{Name: a.Name, MAC: a.HardwareAddr.String(), MTU: a.MTU,
			On: a.RawFlags&unix.IFF_UP != 0, Carrier: a.RawFlags&unix.IFF_LOWER_UP != 0, Addresses: convert(addresses)}
		n.describe(&link)
		links = append(links, link)
	}
	return links, nil
}

func convert(list []netlink.Addr) []Address {
	var out []Address
	for _, a := range list {
		ip, ok := netip.AddrFromSlice(a.IP)
		if !ok {
			continue
		}
		ones, _ := a.Mask.Size()
		converted := Address{
			Prefix:    netip.PrefixFrom(ip.Unmap(), ones),
			Tentative: a.Flags&unix.IFA_F_TENTATIVE != 0,
			Duplicate: a.Flags&unix.IFA_F_DADFAILED != 0,
		}
		if a.Flags&unix.IFA_F_PERMANENT == 0 {
			converted.Valid = max(time.Duration(a.ValidLft), 1) * time.Second
		}
		out = append(out, converted)
	}
	return out
}

// describe adds what sysfs knows of a link. Drivers that do not tell, or a
// link that is down, leave things empty.
func (n Netlink) describe(l *Link) {
	dir := filepath.Join(n.sys(), "class/net", l.Name)
	if target, err := os.Readlink(filepath.Join(dir, "device/driver")); err == nil {
		l.Driver = filepath.Base(target)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "speed")); err == nil {
		if speed, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil && speed > 0 {
			l.SpeedMbps = speed
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "duplex")); err == nil {
		if d := strings.TrimSpace(string(b)); d == "full" || d == "half" {
			l.Duplex = d
		}
	}
}

// Up switches a link on. Deleting one address of a subnet shall not take the
// others of that subnet with it, which is what the kernel does by default.
func (n Netlink) Up(link string) error {
	if err := n.sysctl("ipv4", link, "promote_secondaries", true); err != nil {
		return err
	}
	l, err := netlink.LinkByName(link)
	if err == nil {
		err = netlink.LinkSetUp(l)
	}
	if err != nil {
		return fmt.Errorf("switch %s on: %w", link, err)
	}
	return nil
}

// AcceptRouters says whether a link takes IPv6 addresses and routes from
// router advertisements. Addresses it already has stay until they are removed.
// A kernel without IPv6 takes none either way.
func (n Netlink) AcceptRouters(link string, on bool) error {
	if _, err := os.Stat(filepath.Join(n.proc(), "sys/net/ipv6")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := n.sysctl("ipv6", link, "accept_ra", on); err != nil {
		return err
	}
	return n.sysctl("ipv6", link, "autoconf", on)
}

// sysctl sets a switch of one link.
func (n Netlink) sysctl(family, link, name string, on bool) error {
	value := "0"
	if on {
		value = "1"
	}
	path := filepath.Join(n.proc(), "sys/net", family, "conf", link, name)
	if err := os.WriteFile(path, []byte(value), 0o644); err != nil {
		return fmt.Errorf("set %s of %s: %w", name, link, err)
	}
	return nil
}

// SetHostname sets the name that the kernel knows the machine by: at most 64
// bytes.
func (n Netlink) SetHostname(name string) error {
	if err := unix.Sethostname([]byte(name)); err != nil {
		return fmt.Errorf("set the host name %q: %w", name, err)
	}
	return nil
}

// interfaceOf is the link as the socket calls want it.
func interfaceOf(link string) (*net.Interface, error) {
	ifi, err := net.InterfaceByName(link)
	if err != nil {
		return nil, fmt.Errorf("find the interface %s: %w", link, err)
	}
	return ifi, nil
}
