// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"sync"
	"time"
)

// Five deaths within a minute are more than restarting can cure.
const (
	crashLimit  = 5
	crashWindow = time.Minute
)

// Restarts come quickly after the first death and slower with each one that
// follows it within the window.
const (
	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 5 * time.Second
)

// crashes counts the deaths of based.
type crashes struct {
	now func() time.Time

	mu     sync.Mutex
	total  int
	recent []time.Time // within the window, oldest first
}

// add counts a death. It returns how long to wait before the restart, or
// tooMany if restarting is no use any more.
func (c *crashes) add() (wait time.Duration, tooMany bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	c.total++
	for len(c.recent) > 0 && now.Sub(c.recent[0]) >= crashWindow {
		c.recent = c.recent[1:]
	}
	c.recent = append(c.recent, now)
	if len(c.recent) >= crashLimit {
		return 0, true
	}
	return min(firstBackoff<<(len(c.recent)-1), maxBackoff), false
}

// count is the number of deaths so far.
func (c *crashes) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}
