// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"understudy/appliance/base/network/resolver"
	"understudy/naming"
)

// Limits of what may be asked for.
const (
	maxCount    = 10
	resolveTime = 5 * time.Second
)

// InputError is a field of a request that cannot be used, and why, as a
// sentence.
type InputError struct{ Field, Text string }

func (e *InputError) Error() string { return e.Text }

// Box is the tools as they run on one box. Its methods may be called from
// several goroutines at once.
type Box struct {
	Resolver *resolver.Resolver
	EchoTime time.Duration // how long each packet of a ping may take; 0: a second
}

// checkHost accepts the name or address of another machine.
func checkHost(field, host string) error {
	if host == "" {
		return &InputError{field, "Enter the name or the address of a machine."}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if a = a.Unmap(); a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() {
			return &InputError{field, fmt.Sprintf("%s is not the address of another machine.", host)}
		}
		return nil
	}
	return checkName(field, host)
}

func checkName(field, name string) error {
	if !naming.Lookup(name) {
		return &InputError{field, fmt.Sprintf("%.80q is neither a name nor an address.", name)}
	}
	return nil
}

// resolve finds the addresses of a host, at most three. The problem is a
// sentence if there are none.
func (b Box) resolve(ctx context.Context, host string) (addresses []netip.Addr, problem string) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}, ""
	}
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	found, err := b.Resolver.Net().LookupNetIP(ctx, "ip", strings.TrimSuffix(host, ".")+".")
	if err != nil {
		return nil, nameProblem(host, err)
	}
	for _, a := range found {
		a = a.Unmap()
		if a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() {
			return nil, fmt.Sprintf("The name %s leads to %s, which is not the address of another machine.", host, a)
		}
		addresses = append(addresses, a)
	}
	return addresses[:min(len(addresses), 3)], ""
}

// nameProblem tells a name that does not exist from servers that do not
// answer.
func nameProblem(host string, err error) string {
	var d *net.DNSError
	switch {
	case errors.Is(err, resolver.ErrNoServers), errors.As(err, &d) && strings.Contains(d.Err, resolver.ErrNoServers.Error()):
		return "The name cannot be looked up: no name server is configured, and DHCP gave none."
	case errors.As(err, &d) && d.IsNotFound:
		return fmt.Sprintf("The name %s does not exist, or has no address.", host)
	case errors.As(err, &d) && d.IsTimeout, errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("The name %s cannot be looked up: no name server answered in time.", host)
	}
	return fmt.Sprintf("The name %s cannot be looked up: %v.", host, err)
}
