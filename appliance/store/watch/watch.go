// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"sync"
)

// limit is how many keys one slow reader is owed at most; beyond it, news is
// lost. Readers refresh on a timer as well.
const limit = 1024

// Hub passes on keys of things that changed. The zero value is ready for use,
// and it is safe for concurrent use.
type Hub[K comparable] struct {
	mu      sync.Mutex
	readers map[*reader[K]]struct{}
}

type reader[K comparable] struct {
	wake  chan struct{} // holds one token while something is owed
	mu    sync.Mutex
	owed  []K
	known map[K]bool // what is in owed
}

// Notify tells every watcher that k changed. It never blocks.
func (h *Hub[K]) Notify(k K) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for r := range h.readers {
		r.add(k)
	}
}

// Watch returns a channel of changed keys, in the order in which they first
// changed. The channel is closed when ctx ends.
func (h *Hub[K]) Watch(ctx context.Context) <-chan K {
	r := &reader[K]{wake: make(chan struct{}, 1), known: map[K]bool{}}
	h.mu.Lock()
	if h.readers == nil {
		h.readers = map[*reader[K]]struct{}{}
	}
	h.readers[r] = struct{}{}
	h.mu.Unlock()

	out := make(chan K)
	go func() {
		defer close(out)
		defer h.forget(r)
		r.deliver(ctx, out)
	}()
	return out
}

func (h *Hub[K]) forget(r *reader[K]) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.readers, r)
}

func (r *reader[K]) add(k K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[k] || len(r.owed) == limit {
		return
	}
	r.known[k] = true
	r.owed = append(r.owed, k)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// take removes the oldest key owed. A key is off the list before it is
// delivered, so a change during delivery is news again.
func (r *reader[K]) take() (k K, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.owed) == 0 {
		return k, false
	}
	k = r.owed[0]
	r.owed = r.owed[1:]
	delete(r.known, k)
	return k, true
}

func (r *reader[K]) deliver(ctx context.Context, out chan<- K) {
	for {
		k, ok := r.take()
		if !ok {
			select {
			case <-r.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		select {
		case out <- k:
		case <-ctx.Done():
			return
		}
	}
}
