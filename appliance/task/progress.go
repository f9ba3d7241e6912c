// SPDX-License-Identifier: Apache-2.0

package task

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of one task's log.
const (
	maxLines = 10_000
	maxLine  = 4 << 10 // bytes
	maxLog   = 1 << 20 // bytes of all lines
)

const logFull = "The log is full; further lines are not kept."

// Progress is how running work tells what it does. It is safe for concurrent
// use and never waits for the disk.
type Progress struct{ j *job }

// Phase says that phase i of the task's Phases has begun. A task does not go
// back, and an index out of range means the nearest phase.
func (p *Progress) Phase(i int) {
	p.j.change(func(t *Task) { t.Phase = max(t.Phase, min(i, len(t.Phases)-1)) })
}

// Percent says how much of the whole is done, 0 to 100. It never falls.
func (p *Progress) Percent(n int) {
	p.j.change(func(t *Task) { t.advance(min(n, 100), p.j.r.clock()) })
}

// From here on a task's own pace says more about its end than the estimate.
const (
	paceTime    = 5 * time.Second
	pacePercent = 10
)

// advance sets how much is done now, and when the task should end at its pace,
// once there is enough of both to go by.
func (t *Task) advance(percent int, now time.Time) {
	if percent <= t.Percent {
		return
	}
	t.Percent = percent
	if took := now.Sub(t.Started); took >= paceTime && percent >= pacePercent {
		t.ExpectedEnd = t.Started.Add(took * 100 / time.Duration(percent)).Truncate(time.Millisecond)
	}
}

// Result says what came of the task, a sentence.
func (p *Progress) Result(s string) {
	p.j.change(func(t *Task) { t.Result = oneLine(s) })
}

// NextStep says what the person should do now, a sentence.
func (p *Progress) NextStep(s string) {
	p.j.change(func(t *Task) { t.NextStep = oneLine(s) })
}

// Log adds a line to the log. Lines are cut after 4 KiB; after 10,000 lines or
// 1 MiB the log ends.
func (p *Progress) Log(format string, args ...any) {
	text := oneLine(fmt.Sprintf(format, args...))
	p.j.change(func(*Task) {
		if text, ok := p.j.log.admit(text); ok {
			p.j.lines = append(p.j.lines, LogLine{Seq: p.j.log.lines, At: p.j.r.clock(), Text: text})
		}
	})
}

// logLimit counts what went into a log.
type logLimit struct {
	lines int64
	bytes int
	full  bool
}

// admit returns the line to write in place of text, if any.
func (l *logLimit) admit(text string) (string, bool) {
	if l.full {
		return "", false
	}
	if l.lines == maxLines-1 || l.bytes+len(text) > maxLog {
		l.full = true
		text = logFull
	}
	l.lines++
	l.bytes += len(text)
	return text, true
}

// oneLine makes s one line of at most 4 KiB of valid UTF-8.
func oneLine(s string) string {
	const ellipsis = "…"
	s = s[:min(len(s), maxLine+1)] // the rest is cut off anyway
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(strings.TrimRight(s, "\r\n"), "\uFFFD"))
	if len(s) <= maxLine {
		return s
	}
	end := maxLine - len(ellipsis)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}
