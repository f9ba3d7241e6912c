// SPDX-License-Identifier: Apache-2.0

package audit

import "time"

// Actor says who did something, from where and through which door.
type Actor struct {
	Name    string // the user name, or "system"
	Address string // the IP address it came from; empty for the box itself
	Via     string // "page", "api", "console" or "system"
}

// System is the appliance itself.
var System = Actor{Name: "system", Via: "system"}

// Outcomes of an entry.
const (
	OK         = "ok"
	Refused    = "refused"     // not allowed, or nonsense
	Failed     = "failed"      // allowed, and went wrong
	Accepted   = "accepted"    // a licence agreement
	RolledBack = "rolled back" // a version that did not work; the one before is back
)

// Entry says what was done.
type Entry struct {
	Action  string // dotted, the general part first: "sign-in", "user.add"
	Object  string // what it was done to: a user name, an area, a task
	Outcome string // one of those above
	Detail  string // a sentence; never a secret
}

// Event is an entry as it stands in the log.
type Event struct {
	Seq int64     // from 1, without gaps
	At  time.Time // UTC, to the millisecond
	Actor
	Entry
	Count int64  // how many identical refusals this event stands for, from 1
	Prev  string // hash of the event before; hex of SHA-256
	Hash  string // hash of this event and Prev; hex of SHA-256
}

// Filter chooses events. Zero fields choose everything.
type Filter struct {
	Actor    string    // this name exactly
	Action   string    // this action, or those below it: "user" finds "user.add"
	Text     string    // anywhere in name, address, action, object or detail
	From, To time.Time // From is included, To is not
	Before   int64     // only events with a smaller Seq; 0 for the newest
	Limit    int       // 1 to 1,000; 0 for 100
}

// Report says what a verification found.
type Report struct {
	Events int64  // read
	OK     bool   // nothing was edited, removed, added or moved
	BadSeq int64  // the first event that is wrong, when there is one
	Reason string // what is wrong, a sentence
	Head   string // hash of the last event; hex of SHA-256
}
