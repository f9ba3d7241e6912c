// SPDX-License-Identifier: Apache-2.0

package dhcp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
)

// How long one question waits for its answer, and how often it is repeated
// before the pauses between questions begin.
const (
	answerWithin = 2 * time.Second
	repeats      = 2
)

// wire is the exchange over the link itself. The packet socket is open only
// while it is needed: it gets a copy of all IP traffic.
type wire struct {
	link     string
	hostname func() string // sent to the server, which may put it into the DNS
}

func (w wire) open() (*nclient4.Client, error) {
	c, err := nclient4.New(w.link, nclient4.WithTimeout(answerWithin), nclient4.WithRetry(repeats))
	if err != nil {
		return nil, fmt.Errorf("open DHCP on %s: %w", w.link, err)
	}
	return c, nil
}

// want is what every question carries besides its own kind.
func (w wire) want() []dhcpv4.Modifier {
	m := []dhcpv4.Modifier{dhcpv4.WithRequestedOptions(
		dhcpv4.OptionSubnetMask, dhcpv4.OptionRouter, dhcpv4.OptionDomainNameServer, dhcpv4.OptionNTPServers,
		dhcpv4.OptionIPAddressLeaseTime, dhcpv4.OptionRenewTimeValue, dhcpv4.OptionRebindingTimeValue)}
	if name := w.hostname(); name != "" {
		m = append(m, dhcpv4.WithOption(dhcpv4.OptHostName(name)))
	}
	return m
}

func (w wire) discover(ctx context.Context) (Lease, error) {
	c, err := w.open()
	if err != nil {
		return Lease{}, err
	}
	defer c.Close()
	got, err := c.Request(ctx, w.want()...)
	return outcome(got, err)
}

func (w wire) extend(ctx context.Context, l Lease, any bool) (Lease, error) {
	c, err := w.open()
	if err != nil {
		return Lease{}, err
	}
	defer c.Close()
	request, err := dhcpv4.New(append(w.want(),
		dhcpv4.WithMessageType(dhcpv4.MessageTypeRequest),
		dhcpv4.WithHwAddr(c.InterfaceAddr()),
		dhcpv4.WithClientIP(l.Address.Addr().AsSlice()))...)
	if err != nil {
		return Lease{}, fmt.Errorf("make a DHCP request: %w", err)
	}
	answer := nclient4.IsMessageType(dhcpv4.MessageTypeAck, dhcpv4.MessageTypeNak)
	if !any && l.Server.IsValid() {
		answer = nclient4.IsAll(answer, nclient4.IsCorrectServer(l.Server.AsSlice()))
	}
	got, err := c.SendAndRead(ctx, nclient4.DefaultServers, request, answer)
	if err != nil {
		return Lease{}, fmt.Errorf("extend the lease of %s on %s: %w", l.Address, w.link, err)
	}
	if got.MessageType() == dhcpv4.MessageTypeNak {
		return Lease{}, errRefused
	}
	return leaseOf(got)
}

func outcome(got *nclient4.Lease, err error) (Lease, error) {
	var nak *nclient4.ErrNak
	switch {
	case errors.As(err, &nak):
		return Lease{}, errRefused
	case err != nil:
		return Lease{}, fmt.Errorf("get a lease: %w", err)
	}
	return leaseOf(got.ACK)
}
