// SPDX-License-Identifier: Apache-2.0

package console

import (
	"strings"
	"time"
)

// State is everything shown. Texts may hold whatever a user typed somewhere:
// they are reduced to printable ASCII before they reach a terminal.
type State struct {
	Product, Version string
	Model, Serial    string
	Hostname         string
	Addresses        []string // as a person reads them: "192.0.2.10/24  eth0, static"
	URL              string   // where the pages are; empty while there is no address
	Fingerprint      string   // SHA-256, pairs of hex digits with colons
	Warnings         []Warning
	SeedProblems     []string // sentences; not empty: nothing of the seed was applied
	StateLost        string   // sentence; not empty: the stored state cannot be used
	StateAdvice      string   // what to do about it
	Events           []Event  // newest first
	Now              time.Time
}

// Warning is a health warning, worst first in a State.
type Warning struct {
	Severity string // "critical", "warning", "info"
	Text     string
}

// String is the warning in a line, the severity in front.
func (w Warning) String() string {
	if w.Severity == "" {
		return w.Text
	}
	return strings.ToUpper(w.Severity[:1]) + w.Severity[1:] + ": " + w.Text
}

// Event is something that happened, of the audit log.
type Event struct {
	At   time.Time
	Text string
}

// clean makes text safe for a terminal: no control characters, so that nobody
// who names a user can move the cursor or change the title, and no characters
// that the console font lacks.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r == 0x7f:
			return -1
		case r > '~':
			return '?'
		}
		return r
	}, text)
}

// wrap breaks text at spaces, or after colons where a fingerprint has no
// spaces, into lines of at most width characters.
func wrap(text string, width int) []string {
	text = clean(text)
	width = max(width, 8)
	var lines []string
	for len(text) > width {
		cut := strings.LastIndexByte(text[:width+1], ' ')
		if cut <= 0 {
			if cut = strings.LastIndexByte(text[:width], ':') + 1; cut <= 0 {
				cut = width
			}
		}
		lines = append(lines, strings.TrimRight(text[:cut], " "))
		text = strings.TrimLeft(text[cut:], " ")
	}
	return append(lines, text)
}
