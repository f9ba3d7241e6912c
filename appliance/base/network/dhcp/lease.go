// SPDX-License-Identifier: Apache-2.0

package dhcp

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// Lease is what a server granted. Durations count from the moment of the
// grant.
type Lease struct {
	Address netip.Prefix // the address itself, not masked
	Router  netip.Addr   // invalid: none, or none that this subnet reaches
	DNS     []netip.Addr
	NTP     []netip.Addr
	Server  netip.Addr

	Duration time.Duration // 0: for ever
	Renew    time.Duration // when to ask this server again (T1)
	Rebind   time.Duration // when to ask any server (T2)
}

const (
	// maxServers bounds the lists a server may hand out.
	maxServers = 8
	// shortest keeps a server that grants a second from having the box talk
	// of nothing but its lease.
	shortest = 30 * time.Second
)

var errGrant = errors.New("the DHCP server granted something that cannot be used")

// leaseOf reads an acknowledgement. Nothing in it is trusted: it came from
// whoever answered first.
func leaseOf(ack *dhcpv4.DHCPv4) (Lease, error) {
	address, ok := netip.AddrFromSlice(ack.YourIPAddr.To4())
	if !ok || !address.IsGlobalUnicast() && !address.IsLinkLocalUnicast() {
		return Lease{}, fmt.Errorf("%w: the address %s", errGrant, ack.YourIPAddr)
	}
	mask := ack.SubnetMask()
	if mask == nil {
		mask = ack.YourIPAddr.DefaultMask()
	}
	ones, bits := mask.Size()
	if bits != 32 || ones < 1 {
		return Lease{}, fmt.Errorf("%w: the subnet mask %s", errGrant, net.IP(mask))
	}
	l := Lease{Address: netip.PrefixFrom(address, ones), DNS: addresses(ack.DNS()), NTP: addresses(ack.NTPServers())}
	l.Server, _ = netip.AddrFromSlice(ack.ServerIdentifier().To4())
	for _, r := range addresses(ack.Router()) {
		if l.Address.Contains(r) && r != address {
			l.Router = r
			break
		}
	}
	l.setTimes(ack)
	return l, nil
}

func (l *Lease) setTimes(ack *dhcpv4.DHCPv4) {
	granted := ack.IPAddressLeaseTime(time.Hour)
	if granted >= math.MaxUint32*time.Second {
		return
	}
	l.Duration = max(granted, shortest)
	l.Renew = ack.IPAddressRenewalTime(l.Duration / 2)
	l.Rebind = ack.IPAddressRebindingTime(l.Duration / 8 * 7)
	if l.Renew <= 0 || l.Renew >= l.Rebind || l.Rebind >= l.Duration {
		l.Renew, l.Rebind = l.Duration/2, l.Duration/8*7
	}
}

// addresses keeps what can be the address of a machine.
func addresses(list []net.IP) []netip.Addr {
	var out []netip.Addr
	for _, ip := range list {
		if a, ok := netip.AddrFromSlice(ip.To4()); ok && a.IsGlobalUnicast() && len(out) < maxServers {
			out = append(out, a)
		}
	}
	return out
}
