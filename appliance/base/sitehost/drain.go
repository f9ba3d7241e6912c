// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"context"
	"net"
	"sync"
	"time"
)

// drainLimit is how long the old program is left running after a switch for the
// requests that it has: a stream has no end of its own.
const drainLimit = 5 * time.Second

// instance is one start of one generation, with the connections to it. Its
// program is ended only when those are closed: the kernel would drop one that
// the program has not accepted yet, and a request with it.
type instance struct {
	generation, name string

	mu    sync.Mutex
	open  int
	empty chan struct{} // not nil: nobody connects any more; closed when open is 0
}

// enter counts a connection; false if nobody connects any more.
func (i *instance) enter() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.empty != nil {
		return false
	}
	i.open++
	return true
}

func (i *instance) leave() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open--
	if i.open == 0 && i.empty != nil {
		close(i.empty)
	}
}

// drain lets nobody connect any more and waits until all connections are
// closed, no longer than a limit.
func (i *instance) drain(ctx context.Context, longest time.Duration) {
	i.mu.Lock()
	if i.empty == nil {
		i.empty = make(chan struct{})
		if i.open == 0 {
			close(i.empty)
		}
	}
	empty := i.empty
	i.mu.Unlock()
	limit := time.NewTimer(longest)
	defer limit.Stop()
	select {
	case <-empty:
	case <-limit.C:
	case <-ctx.Done():
	}
}

// counted is a connection that its instance counts.
type counted struct {
	net.Conn
	leave func()
}

// Close closes the connection. It may be called more than once.
func (c counted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
