// SPDX-License-Identifier: Apache-2.0

package frontdoor

import (
	"net"
	"sync"
)

// limits count open connections, in all and per address. One too many is
// closed at once: waiting would let whoever holds them keep everyone out.
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
	if l.open >= l.all || l.byWho[who] >= l.each {
		return false
	}
	l.open++
	l.byWho[who]++
	return true
}

func (l *limits) give(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.byWho[who]--; l.byWho[who] == 0 {
		delete(l.byWho, who)
	}
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
		who, _, err := net.SplitHostPort(c.RemoteAddr().String())
		if err != nil {
			who = c.RemoteAddr().String()
		}
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
