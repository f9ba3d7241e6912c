// SPDX-License-Identifier: Apache-2.0

package ui

// Tone is what a colour, a shape and a word say together.
type Tone string

// The tones, calm to loud.
const (
	Quiet Tone = "quiet" // neither good nor bad: off, unknown, ended
	Info  Tone = "info"  // something goes on
	Good  Tone = "good"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
)

// Icon is the shape that goes with a tone.
func (t Tone) Icon() string {
	switch t {
	case Good:
		return "check"
	case Warn:
		return "warning"
	case Bad:
		return "stop"
	case Info:
		return "dot"
	}
	return "ring"
}

// Pill is a status in one or two words.
type Pill struct {
	Tone Tone
	Word string
	Href string // empty: not a link
	Note string // read out and shown on hover
}

// Link leads somewhere.
type Link struct {
	Label   string
	Href    string
	Current bool
}

// Heading opens a section: "Area :: Name", and one sentence of what it is for.
type Heading struct {
	ID   string
	Area string
	Name string
	Text string
}

// Banner stands above the page on every page until its cause is gone.
type Banner struct {
	Tone   Tone
	Title  string
	Text   string
	Until  *Moment  // a deadline, counted down where scripts run
	Notes  []string // details, one a line
	Action []Button
}

// Button sends a small form of its own, or leads somewhere.
type Button struct {
	Label  string
	Post   string // path that the form goes to
	Href   string // instead of Post: a link that looks like a button
	Fields []Hidden
	Kind   string // "", "primary" or "danger"
	Note   string // what is read out where the label alone does not say of what
}

// Hidden is a value that a form carries unseen.
type Hidden struct{ Name, Value string }

// Empty stands where a list would: what is missing and what to do about it.
type Empty struct {
	Title  string
	Text   string
	Action *Button
}

// Fact is a row of a list of facts. Text and Time are what most hold; a fact
// with a Pill shows it before the text.
type Fact struct {
	Name string
	Text string
	Mono bool // set in a fixed-width face, for what is compared or copied
	Time *Moment
	Pill *Pill
	Link *Link
}

// Bar is the progress of something that takes time.
type Bar struct {
	Label   string
	Percent int
	Text    string // what stands beside it: "40 %, about 2 minutes left"
}
