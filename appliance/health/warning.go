// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"fmt"
	"time"
)

// Severity says how much a warning matters.
type Severity int

// The severities, mildest first.
const (
	Info     Severity = iota // worth knowing
	Warn                     // something needs attention
	Critical                 // the box does not do its work, or soon will not
)

// String returns the word that pages and API show.
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Warn:
		return "warning"
	case Critical:
		return "critical"
	}
	return fmt.Sprintf("severity %d", int(s))
}

// Warning is something that is wrong now.
type Warning struct {
	Code         string    // dotted, stable: "clock.unsynchronised"
	Severity               // how much it matters
	Text         string    // what is wrong, a sentence
	Fix          string    // what to do about it, a sentence
	FixURL       string    // the page where to do it, a path; may be empty
	Since        time.Time // UTC
	Acknowledged bool
	AckBy        string // user name
}

// Check looks at one thing again and again.
type Check struct {
	Code  string                             // of its warning
	Every time.Duration                      // how often it runs, and how long it may take; at least a second
	Run   func(ctx context.Context) *Warning // nil: all is well
}
