// SPDX-License-Identifier: Apache-2.0

package confirm

import (
	"sync"
	"time"
)

// Waits between attempts of a revert that fails: they double up to the last.
const (
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
)

// schedule knows when which change is to be reverted. Its times carry the
// monotonic clock, so that setting the clock moves no deadline.
type schedule struct {
	wake chan struct{} // holds a token after a change of what is first

	mu     sync.Mutex
	alarms map[string]*alarm
}

type alarm struct {
	at       time.Time
	attempts int
	taken    bool // somebody confirms or reverts it right now
}

func newSchedule() schedule {
	return schedule{wake: make(chan struct{}, 1), alarms: map[string]*alarm{}}
}

// set plans to revert the change id. Whoever has taken it keeps it.
func (s *schedule) set(id string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, known := s.alarms[id]; known {
		a.at = at
	} else {
		s.alarms[id] = &alarm{at: at}
	}
	s.changed()
}

// take gives the change id to the caller alone, until drop or retry.
func (s *schedule) take(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.alarms[id]
	if !known { // of an earlier run, before Run has found it
		a = &alarm{}
		s.alarms[id] = a
	}
	if a.taken {
		return false
	}
	a.taken = true
	return true
}

// drop forgets a change that does not wait any more.
func (s *schedule) drop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.alarms, id)
	s.changed()
}

// release gives a change back as it was.
func (s *schedule) release(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alarms[id].taken = false
	s.changed()
}

// retry gives back a change whose revert failed, to be tried again.
func (s *schedule) retry(id string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.alarms[id]
	wait := lastRetry
	if shift := a.attempts; shift < 16 {
		wait = min(firstRetry<<shift, lastRetry)
	}
	a.attempts++
	a.at, a.taken = now.Add(wait), false
	s.changed()
}

// due takes the changes whose time has come, and says how long it is until the
// next one, if there is one.
func (s *schedule) due(now time.Time) (ids []string, next time.Duration, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, a := range s.alarms {
		wait := a.at.Sub(now)
		switch {
		case a.taken:
		case wait <= 0:
			a.taken = true
			ids = append(ids, id)
		case !more || wait < next:
			next, more = wait, true
		}
	}
	return ids, next, more
}

func (s *schedule) changed() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
