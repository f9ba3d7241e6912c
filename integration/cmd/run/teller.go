// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// teller tells a person what is going on: a line for each stage with the
// seconds since the start, and on a terminal a running line for the stage
// that is not over.
type teller struct {
	out      io.Writer
	terminal bool
	start    time.Time
	now      func() time.Time

	mu      sync.Mutex
	running string
	since   time.Time
}

// stage begins something that takes a while, and ends what ran before.
func (t *teller) stage(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end()
	t.running, t.since = fmt.Sprintf(format, args...), t.now()
	if t.terminal {
		t.draw()
	} else {
		t.line(t.running + " …")
	}
}

// say tells of something that has happened; a running stage goes on.
func (t *teller) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.erase()
	t.line(fmt.Sprintf(format, args...))
	if t.running != "" && t.terminal {
		t.draw()
	}
}

// done ends the stage that runs.
func (t *teller) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end()
}

func (t *teller) end() {
	t.erase()
	if t.running != "" && t.terminal {
		t.line(fmt.Sprintf("%s (%.1f s)", t.running, t.now().Sub(t.since).Seconds()))
	}
	t.running = ""
}

// tick draws the running line anew.
func (t *teller) tick() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running != "" && t.terminal {
		t.erase()
		t.draw()
	}
}

func (t *teller) line(text string) {
	fmt.Fprintf(t.out, "%6.1f s  %s\n", t.now().Sub(t.start).Seconds(), text)
}

// draw writes the running line without ending it; erase takes it away.
func (t *teller) draw() {
	fmt.Fprintf(t.out, "%6.1f s  %s … %.0f s", t.now().Sub(t.start).Seconds(), t.running, t.now().Sub(t.since).Seconds())
}

func (t *teller) erase() {
	if t.terminal {
		fmt.Fprint(t.out, "\r\x1b[K")
	}
}
