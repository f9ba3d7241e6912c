// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"
)

// RFC 5227 spreads its probes over five seconds so that a thousand hosts may
// start at once. Here a person waits for the answer, and one machine asks.
const (
	probes     = 3
	probeEvery = 250 * time.Millisecond
)

// Probe asks on a link whether anybody answers for an address, and returns who
// does: nil after three questions without an answer, which takes 750 ms.
// The address is not claimed by asking. This machine itself does not answer.
func (n Netlink) Probe(ctx context.Context, link string, a netip.Addr) (net.HardwareAddr, error) {
	ifi, err := interfaceOf(link)
	if err != nil {
		return nil, err
	}
	a = a.WithZone("")
	question, protocol, owner := arpFrame(ifi.HardwareAddr, netip.IPv4Unspecified(), a), unix.ETH_P_ARP, arpOwner
	if !a.Is4() {
		question, protocol, owner = ndProbe(ifi.HardwareAddr, a), unix.ETH_P_IPV6, ndOwner
	}
	c, err := packet.Listen(ifi, packet.Raw, protocol, nil)
	if err != nil {
		return nil, fmt.Errorf("listen for the owner of %s on %s: %w", a, link, err)
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.SetReadDeadline(time.Unix(1, 0)) })()
	buffer := make([]byte, 1<<16)
	for range probes {
		if _, err := c.WriteTo(question, &packet.Addr{HardwareAddr: net.HardwareAddr(question[:6])}); err != nil {
			return nil, fmt.Errorf("ask on %s for the owner of %s: %w", link, a, err)
		}
		if err := c.SetReadDeadline(time.Now().Add(probeEvery)); err != nil {
			return nil, fmt.Errorf("wait for the owner of %s: %w", a, err)
		}
		for ctx.Err() == nil {
			size, _, err := c.ReadFrom(buffer)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("wait on %s for the owner of %s: %w", link, a, err)
			}
			if who := owner(buffer[:size], a, ifi.HardwareAddr); who != nil {
				return who, nil
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("ask on %s for the owner of %s: %w", link, a, err)
		}
	}
	return nil, nil
}

// announce tells the neighbours on a link that an address is here now.
func (n Netlink) announce(link string, a netip.Addr) error {
	ifi, err := interfaceOf(link)
	if err != nil {
		return err
	}
	frame, protocol := arpFrame(ifi.HardwareAddr, a, a), unix.ETH_P_ARP
	if !a.Is4() {
		frame, protocol = ndAnnouncement(ifi.HardwareAddr, a), unix.ETH_P_IPV6
	}
	c, err := packet.Listen(ifi, packet.Raw, protocol, nil)
	if err != nil {
		return fmt.Errorf("announce %s on %s: %w", a, link, err)
	}
	defer c.Close()
	_, err = c.WriteTo(frame, &packet.Addr{HardwareAddr: net.HardwareAddr(frame[:6])})
	if errors.Is(err, unix.ENETDOWN) {
		return nil // nobody there to be told
	}
	if err != nil {
		return fmt.Errorf("announce %s on %s: %w", a, link, err)
	}
	return nil
}
