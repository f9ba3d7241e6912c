// SPDX-License-Identifier: Apache-2.0

package trust

import "fmt"

// The checks that metadata or a package can fail: values of Error.Check.
const (
	Signature  = "signature"   // not signed as the root metadata asks for
	UnknownKey = "unknown key" // signed, but by keys that the root metadata does not name
	Expired    = "expired"     // root or targets metadata past its date
	RolledBack = "rolled back" // older than what was accepted before
	Frozen     = "frozen"      // timestamp or snapshot past its date: the repository shows an old state
	Mixed      = "mixed"       // each part is genuine, but they are of different versions
	Length     = "length"      // shorter or longer than signed for
	Hash       = "hash"        // as long as signed for, with other bytes
	Format     = "format"      // not what this package writes
)

// Error says which check failed on what. Its text is one or two sentences for
// people: what was expected, what was found, and what to do.
type Error struct {
	Check string // one of the constants above
	What  string // what was checked: "timestamp metadata", "package Base Software 3.3.2"
	Want  string
	Have  string
	Err   error // cause, may be nil
}

// problems gives for each check what is wrong, and what to do about it.
var problems = map[string][2]string{
	Signature:  {"is not signed as it must be", again},
	UnknownKey: {"is signed by an unknown key", again},
	Expired:    {"has expired", clock},
	RolledBack: {"is older than what was accepted before", "Get the newest from the update server; if that is what this is, contact Support."},
	Frozen:     {"is out of date, the update server shows an old state", clock},
	Mixed:      {"does not belong to the rest", again},
	Length:     {"has the wrong length", again},
	Hash:       {"has the wrong content", again},
	Format:     {"has the wrong format", again},
}

const (
	again = "Download it again; if that does not help, contact Support."
	clock = "Make sure that the time on Status > Basics is correct; if it is, try again later or contact Support."
)

func (e *Error) Error() string {
	p := problems[e.Check]
	return fmt.Sprintf("The %s %s (check: %s): expected %s, found %s. %s", e.What, p[0], e.Check, e.Want, e.Have, p[1])
}

// Unwrap gives the cause, which may be nil.
func (e *Error) Unwrap() error { return e.Err }

// Clock says whether a wrong clock of this box may be why.
func (e *Error) Clock() bool { return e.Check == Expired || e.Check == Frozen }
