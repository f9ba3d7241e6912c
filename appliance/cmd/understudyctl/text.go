// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"

	"understudy/appliance/client/applianceapi"
)

// textPrinter prints for people. On a terminal the running task is one line
// that is redrawn; elsewhere it is a line for each phase.
type textPrinter struct {
	out, side io.Writer // results; remarks
	redraw    bool
	drawn     bool // a progress line stands at the bottom of the terminal
	last      string
	err       error
}

func newTextPrinter(out, side io.Writer, redraw bool) *textPrinter {
	return &textPrinter{out: out, side: side, redraw: redraw}
}

func (p *textPrinter) write(w io.Writer, text string) {
	if p.drawn {
		text = "\r\x1b[K" + text
		p.drawn = false
	}
	if _, err := io.WriteString(w, text); err != nil && p.err == nil {
		p.err = err
	}
}

// Value prints what text draws.
func (p *textPrinter) Value(_ any, text func(*sheet)) {
	s := &sheet{}
	text(s)
	p.write(p.out, s.String())
}

// Note prints a remark on the side.
func (p *textPrinter) Note(format string, args ...any) {
	p.write(p.side, plainLines(fmt.Sprintf(format, args...))+"\n")
}

// Line prints one line of a task's log.
func (p *textPrinter) Line(l applianceapi.TaskLine) {
	p.write(p.out, fmt.Sprintf("%s  %s\n", clockTime(l.At), plain(l.Text)))
}

// Task prints where a task stands, and at its end what came of it.
func (p *textPrinter) Task(t applianceapi.Task) {
	if !t.Live() {
		p.write(p.out, ending(t))
		return
	}
	phase := t.State
	if t.Phase < len(t.Phases) && t.Phase >= 0 {
		phase = t.Phases[t.Phase]
	}
	if p.redraw {
		p.write(p.out, bar(t.Percent)+fmt.Sprintf(" %3d %%  %s", t.Percent, plain(t.Title+": "+phase)))
		p.drawn = true
		return
	}
	if line := plain(t.Title + ": " + phase); line != p.last {
		p.last = line
		p.write(p.out, line+"\n")
	}
}

// Close ends a progress line that still stands.
func (p *textPrinter) Close() error {
	if p.drawn {
		p.write(p.out, "")
	}
	return p.err
}

// ending says how a task ended: what came of it, or why it failed and what to
// do next.
func ending(t applianceapi.Task) string {
	text := plain(t.Title + ": " + t.State)
	for _, more := range []string{t.Result, t.Error, t.NextStep} {
		if more != "" {
			text += "\n  " + plain(more)
		}
	}
	return text + "\n"
}

// bar draws a share of 100 as 24 characters.
func bar(percent int) string {
	const width = 24
	full := min(max(percent, 0), 100) * width / 100
	return "[" + strings.Repeat("#", full) + strings.Repeat("-", width-full) + "]"
}
