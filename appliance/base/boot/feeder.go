// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"sync"
	"time"
)

// feeder decides whether the watchdog may be fed: until a moment that moves
// with every good word. Before based first says that it is healthy the moment
// is set by whoever knows how long the work in hand may take.
type feeder struct {
	now func() time.Time

	mu    sync.Mutex
	until time.Time
}

// allow lets the watchdog be fed for d from now, whatever held before.
func (f *feeder) allow(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.until = f.now().Add(d)
}

// fed reports whether the watchdog may be fed now.
func (f *feeder) fed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now().Before(f.until)
}
