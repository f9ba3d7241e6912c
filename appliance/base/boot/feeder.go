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

// feedWatchdog feeds for as long as it may. When it no longer may, the machine
// is reset: by the watchdog, or from here if there is none or if it does
// nothing. Some chipsets have one that is not wired to the reset line, and
// there is no way to tell beforehand.
func (s *supervisor) feedWatchdog() {
	var starved time.Time
	for {
		timeout := time.Duration(s.timeout.Load())
		switch {
		case s.feed.fed():
			s.dog.feed()
			starved = time.Time{}
		case starved.IsZero():
			starved = time.Now()
			s.con.say("nothing has said in time that the box is healthy: it will be reset")
		case s.dog.String() == "" || time.Since(starved) > 2*timeout:
			s.command(command{Reboot, "the box is not healthy and no watchdog has reset it", "unhealthy"})
			return
		}
		time.Sleep(min(timeout/4, 5*time.Second))
	}
}

// setTimeout sets the time after which an unfed watchdog resets the machine.
func (s *supervisor) setTimeout(d time.Duration) error {
	s.timeout.Store(int64(d))
	return s.dog.setTimeout(d)
}
