// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// ErrNoServers means that the box has no name server to ask.
var ErrNoServers = errors.New("no name server is configured, and DHCP gave none")

// Resolver asks the servers in turn, beginning with the one that answered
// last. It may be used from several goroutines at once.
type Resolver struct {
	servers func() []netip.AddrPort
	current atomic.Uint32 // index of the server to begin with
	dialer  net.Dialer
	within  time.Duration // per server
}

// New makes a resolver over the servers that the function names at the time of
// each question.
func New(servers func() []netip.AddrPort) *Resolver {
	return &Resolver{servers: servers, within: answerWithin}
}

// Net is the resolver in the form that net.Dialer and others take.
func (r *Resolver) Net() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: r.dial}
}

// dial connects to one of the box's servers, whatever server the caller read
// from resolv.conf.
func (r *Resolver) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	servers := r.servers()
	if len(servers) == 0 {
		return nil, ErrNoServers
	}
	i := r.current.Load()
	c, err := r.dialer.DialContext(ctx, network, servers[int(i)%len(servers)].String())
	if err != nil {
		r.passOver(i)
		return nil, err
	}
	if u, ok := c.(*net.UDPConn); ok {
		return watched{u, func() { r.passOver(i) }, time.Now().Add(r.within)}, nil
	}
	return c, nil
}

// passOver begins with the next server from now on, unless another question
// has done so already.
func (r *Resolver) passOver(i uint32) { r.current.CompareAndSwap(i, i+1) }

// watched is a connection that tells when its server does not answer. It stays
// a net.PacketConn, by which the caller knows how to frame its question.
type watched struct {
	*net.UDPConn
	failed func()
	latest time.Time // when its answer must be there
}

// SetDeadline keeps the caller from waiting longer for one server than this
// package does: its own limit may be all the time that a lookup has.
func (w watched) SetDeadline(t time.Time) error {
	if t.IsZero() || t.After(w.latest) {
		t = w.latest
	}
	return w.UDPConn.SetDeadline(t)
}

func (w watched) Read(b []byte) (int, error) {
	n, err := w.UDPConn.Read(b)
	if err != nil {
		w.failed()
	}
	return n, err
}
