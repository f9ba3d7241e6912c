// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Timing of a ping: how long each packet may take unless the box says so, and how
// long to wait before the next after an answer.
const (
	echoTime  = time.Second
	echoPause = 200 * time.Millisecond
)

// PingResult is what came back.
type PingResult struct {
	Address        string // that was asked
	Sent, Received int
	RoundTrips     []time.Duration // of each answer
	Problem        string          // a sentence, if there was no answer
}

// Ping sends a host count echo requests, 1 to 10, one after the other.
func (b Box) Ping(ctx context.Context, host string, count int) (PingResult, error) {
	if err := checkHost("host", host); err != nil {
		return PingResult{}, err
	}
	if count < 1 || count > maxCount {
		return PingResult{}, &InputError{"count", fmt.Sprintf("Send between 1 and %d packets, not %d.", maxCount, count)}
	}
	addresses, problem := b.resolve(ctx, host)
	if problem != "" {
		return PingResult{Problem: problem}, nil
	}
	return pingAddress(ctx, addresses[0], count, cmp.Or(b.EchoTime, echoTime)), nil
}

func pingAddress(ctx context.Context, a netip.Addr, count int, limit time.Duration) PingResult {
	r := PingResult{Address: a.String()}
	e, err := openEcho(a)
	if err != nil {
		r.Problem = fmt.Sprintf("No ping can be sent: %v.", err)
		return r
	}
	defer e.close()
	defer context.AfterFunc(ctx, e.close)()
	var last error
	for seq := range count {
		if seq > 0 && !rest(ctx, echoPause) {
			break
		}
		r.Sent++
		trip, err := e.exchange(seq, limit)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			last = err
			continue
		}
		r.Received++
		r.RoundTrips = append(r.RoundTrips, trip)
	}
	switch {
	case ctx.Err() != nil:
		r.Problem = "The ping was called off."
	case r.Received == 0:
		r.Problem = echoProblem(r.Address, last)
	}
	return r
}

// rest waits, and reports whether ctx lasted so long.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// unreachable is what a router, or this machine's own kernel, said.
type unreachable struct{ by netip.Addr }

func (u unreachable) Error() string { return u.by.String() + " reports the destination as unreachable" }

func echoProblem(address string, err error) string {
	var u unreachable
	switch {
	case errors.As(err, &u):
		return fmt.Sprintf("%s cannot be reached: %s says that there is no way to it.", address, u.by)
	case errors.Is(err, unix.ENETUNREACH):
		return fmt.Sprintf("%s cannot be reached: the appliance has no route to it. Check addresses and gateway.", address)
	case errors.Is(err, errNoEcho):
		return fmt.Sprintf("%s did not answer: the machine is off, or a firewall drops pings.", address)
	}
	return fmt.Sprintf("The ping of %s failed: %v.", address, err)
}

// token makes a packet ours: nobody else can guess it.
func token() ([]byte, error) {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("mark the packets: %w", err)
	}
	return b, nil
}
