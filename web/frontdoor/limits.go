// SPDX-License-Identifier: Apache-2.0

package frontdoor

import (
	"net"
	"net/netip"
	"sync"
)

// limits count open connections, in all and per address; an IPv6 client counts
// with its /64, which is one host's to fill. One too many is closed at once:
// waiting would let whoever holds them keep everyone out. The box's own, by
// which it proves that it works, count for themselves.
type limits struct {
	all, each int

	mu    sync.Mutex
	open  int
	byWho map[string]int
}

func newLimits(all, each int) *limits {
	return &limits{all: all, each: each, byWho: make(map[string]int)}
}

func (l *limits) take(who string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if who != own && l.open >= l.all || l.byWho[who] >= l.each {
		return false
	}
	if who != own {
		l.open++
	}
	l.byWho[who]++
	return true
}

func (l *limits) give(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if who != own {
		l.open--
	}
	if l.byWho[who]--; l.byWho[who] == 0 {
		delete(l.byWho, who)
	}
}

// own is who the box itself is.
const own = "own"

// whose is the client that a connection from an address counts for.
func whose(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	addr := at.Addr().Unmap().WithZone("")
	switch {
	case addr.IsLoopback():
		return own
	case addr.Is6():
		network, _ := addr.Prefix(64) // of an IPv6 address there is one
		return network.String()
	}
	return addr.String()
}

// bounded is a listener that only hands out connections within the limits.
type bounded struct {
	net.Listener
	limits *limits
}

func (l *bounded) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		who := whose(c.RemoteAddr().String())
		if l.limits.take(who) {
			return &counted{Conn: c, done: sync.OnceFunc(func() { l.limits.give(who) })}, nil
		}
		c.Close()
	}
}

// counted gives its place back when it is closed.
type counted struct {
	net.Conn
	done func()
}

func (c *counted) Close() error {
	defer c.done()
	return c.Conn.Close()
}
