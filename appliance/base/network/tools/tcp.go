// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// connectTime is how long one address gets to accept a connection.
const connectTime = 5 * time.Second

// TCPResult says whether a connection opened.
type TCPResult struct {
	OK      bool
	Address string        // the address and port that was tried last; empty if none was
	Elapsed time.Duration // of the last attempt
	Problem string        // a sentence, if it did not open
}

// TCPTest opens a TCP connection to a port of a host and closes it again. The
// addresses of a name are tried in turn until one accepts.
func (b Box) TCPTest(ctx context.Context, host string, port int) (TCPResult, error) {
	if err := checkHost("host", host); err != nil {
		return TCPResult{}, err
	}
	if port < 1 || port > 65535 {
		return TCPResult{}, &InputError{"port", fmt.Sprintf("%d is not a port: ports are numbers from 1 to 65535.", port)}
	}
	addresses, problem := b.resolve(ctx, host)
	r := TCPResult{Problem: problem}
	for _, a := range addresses {
		if r = connect(ctx, a, port); r.OK {
			break
		}
	}
	return r, nil
}

func connect(ctx context.Context, a netip.Addr, port int) TCPResult {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	r := TCPResult{Address: net.JoinHostPort(a.String(), strconv.Itoa(port))}
	start := time.Now()
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", r.Address)
	r.Elapsed = time.Since(start)
	if err != nil {
		r.Problem = connectProblem(r, err)
		return r
	}
	c.Close()
	r.OK = true
	return r
}

// connectProblem says what each way of failing means.
func connectProblem(r TCPResult, err error) string {
	switch {
	case errors.Is(err, unix.ECONNREFUSED):
		return fmt.Sprintf("%s refused the connection: the machine is there, but nothing accepts connections on this port.", r.Address)
	case errors.Is(err, unix.EHOSTUNREACH):
		return fmt.Sprintf("%s cannot be reached: no machine answers for this address on the way there.", r.Address)
	case errors.Is(err, unix.ENETUNREACH):
		return fmt.Sprintf("%s cannot be reached: the appliance has no route to it. Check addresses and gateway.", r.Address)
	case errors.Is(err, unix.ECONNRESET):
		return fmt.Sprintf("%s broke the connection off while it was being opened.", r.Address)
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.EADDRNOTAVAIL):
		return fmt.Sprintf("%s cannot be reached from the addresses that the appliance has.", r.Address)
	case errors.Is(err, context.Canceled):
		return "The test was called off."
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, unix.ETIMEDOUT):
		return fmt.Sprintf("%s did not answer within %s: the machine is off, or a firewall drops the connection.", r.Address, r.Elapsed.Round(100*time.Millisecond))
	}
	return fmt.Sprintf("The connection to %s failed: %v.", r.Address, err)
}
