// SPDX-License-Identifier: Apache-2.0

package dhcp

import (
	"context"
	"errors"
	"time"
)

// Waits between questions without a lease, or without knowing whether it is good
// where the cable leads now, and how they grow: quick at first, because a switch
// port takes a moment to open; never more than a minute, because somebody may be
// waiting for the box to appear.
const (
	firstPause = 2 * time.Second
	maxPause   = time.Minute
	minRenew   = time.Minute // RFC 2131, section 4.4.5
)

// errRefused is a server's NAK.
var errRefused = errors.New("the DHCP server refused the address")

// exchange is one conversation with a server.
type exchange interface {
	// discover asks for any lease.
	discover(context.Context) (Lease, error)
	// extend asks for the same lease again: its own server or, with any set,
	// all of them. errRefused if the answer was no.
	extend(ctx context.Context, l Lease, any bool) (Lease, error)
}

// Client keeps a lease on one link.
type Client struct {
	exchange exchange
	bound    func(Lease)
	lost     func()
	plugged  chan struct{}

	state state
	lease Lease
	since time.Time     // of the grant; its monotonic reading is what counts
	pause time.Duration // the last wait that grows
}

// New makes a client for a link. bound is called with every lease and every
// extension of one, lost when there is none any more; both from Run.
func New(link string, hostname func() string, bound func(Lease), lost func()) *Client {
	return newClient(wire{link, hostname}, bound, lost)
}

func newClient(e exchange, bound func(Lease), lost func()) *Client {
	return &Client{exchange: e, bound: bound, lost: lost, plugged: make(chan struct{}, 1)}
}

// Replugged tells the client that the link has a carrier again. It never
// blocks.
func (c *Client) Replugged() {
	select {
	case c.plugged <- struct{}{}:
	default:
	}
}

// Run asks for a lease and keeps it until ctx ends. It does not give the lease
// back: the box wants the same address after a restart.
func (c *Client) Run(ctx context.Context) {
	for happened := c.ask(ctx); ctx.Err() == nil; {
		m := table[c.state][happened]
		c.state = m.to
		switch m.do {
		case keep:
			c.pause = 0
			c.bound(c.lease)
		case lose:
			c.lease, c.pause = Lease{}, 0
			c.lost()
		case hurry:
			c.pause = 0
		}
		happened = c.next(ctx, m.do == pause)
	}
}

// next waits for whatever happens after a move.
func (c *Client) next(ctx context.Context, pausing bool) event {
	if c.state == bound {
		return c.sleep(ctx, 0)
	}
	if pausing {
		if happened := c.sleep(ctx, c.nextPause()); happened != silent {
			return happened
		}
	}
	return c.ask(ctx)
}

// ask has the conversation that the state wants. A grant starts the lease's
// time before the question, as the server's clock may have.
func (c *Client) ask(ctx context.Context) event {
	var l Lease
	var err error
	asked := time.Now()
	switch c.state {
	case selecting:
		l, err = c.exchange.discover(ctx)
	case moved:
		l, err = c.find(ctx)
	default:
		l, err = c.exchange.extend(ctx, c.lease, c.state == rebinding)
	}
	switch {
	case err == nil:
		c.lease, c.since = l, asked
		return granted
	case errors.Is(err, errRefused):
		return refused
	}
	return silent
}

// find asks for the lease where the cable leads now, and for any other: the
// servers of another network need not say anything to a lease that they do not
// know. The lease stays as long as nobody grants one.
func (c *Client) find(ctx context.Context) (Lease, error) {
	l, err := c.exchange.extend(ctx, c.lease, true)
	if err == nil || errors.Is(err, errRefused) || ctx.Err() != nil {
		return l, err
	}
	if l, err = c.exchange.discover(ctx); errors.Is(err, errRefused) {
		return l, errors.New("a DHCP server offered an address and refused it then") // not the one of the lease
	}
	return l, err
}

// nextPause is how long to wait for the next question.
func (c *Client) nextPause() time.Duration {
	age := time.Since(c.since)
	switch c.state {
	case renewing:
		return max((c.lease.Rebind-age)/2, minRenew)
	case rebinding:
		return max((c.lease.Duration-age)/2, minRenew)
	}
	c.pause = min(max(2*c.pause, firstPause), maxPause)
	return c.pause
}

// sleep waits until something happens: the next deadline of the lease, a
// cable, or, where wait is not zero, nothing for so long (silent).
func (c *Client) sleep(ctx context.Context, wait time.Duration) event {
	due, what := c.deadline()
	if wait > 0 && (due == 0 || wait < due) {
		due, what = wait, silent
	}
	var timer <-chan time.Time
	if due != 0 {
		t := time.NewTimer(max(due, 0))
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-ctx.Done():
		return silent
	case <-c.plugged:
		return replugged
	case <-timer:
		return what
	}
}

// deadline is the next one of the lease in the present state and how far away
// it is; 0 if there is none, negative if it has passed.
func (c *Client) deadline() (time.Duration, event) {
	if c.state == selecting || c.lease.Duration == 0 {
		return 0, silent
	}
	at, what := c.lease.Duration, expired
	switch c.state {
	case bound:
		at, what = c.lease.Renew, renewDue
	case renewing:
		at, what = c.lease.Rebind, rebindDue
	}
	left := at - time.Since(c.since)
	if left == 0 {
		left = -1
	}
	return left, what
}
