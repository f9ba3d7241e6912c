// SPDX-License-Identifier: Apache-2.0

package dhcp

// state is where a client stands, as RFC 2131 names it.
type state int

const (
	selecting state = iota // without a lease, looking for a server
	bound                  // with a lease, nothing to do
	renewing               // asking the server of the lease
	rebinding              // asking any server
	moved                  // the cable was out: asking whether the lease is good here, and for another
	states
)

// event is what can happen to a client.
type event int

const (
	granted   event = iota // a server acknowledged
	refused                // the server says that the address is not ours any more
	silent                 // nobody answered in time
	renewDue               // T1 has passed
	rebindDue              // T2 has passed
	expired                // the lease is over
	replugged              // the cable came back, perhaps into another network
	events
)

// move is what an event leads to.
type move struct {
	to state
	do action
}

type action int

const (
	nothing action = iota
	keep           // take the new lease and tell
	lose           // give the lease up and tell
	pause          // wait before asking again
	hurry          // ask again without waiting
)

// impossible marks pairs that cannot come up; a client that meets one anyway
// starts over, which is always safe.
var impossible = move{selecting, lose}

// table is the whole of the protocol's logic.
var table = [states][events]move{
	selecting: {
		granted:   {bound, keep},
		refused:   {selecting, pause},
		silent:    {selecting, pause},
		renewDue:  impossible,
		rebindDue: impossible,
		expired:   impossible,
		replugged: {selecting, hurry},
	},
	bound: {
		granted:   impossible,
		refused:   impossible,
		silent:    impossible,
		renewDue:  {renewing, hurry},
		rebindDue: {rebinding, hurry}, // a machine that slept through T1
		expired:   {selecting, lose},
		replugged: {moved, hurry}, // is it still good where we are now?
	},
	renewing: {
		granted:   {bound, keep},
		refused:   {selecting, lose},
		silent:    {renewing, pause},
		renewDue:  impossible,
		rebindDue: {rebinding, hurry},
		expired:   {selecting, lose},
		replugged: {moved, hurry},
	},
	rebinding: {
		granted:   {bound, keep},
		refused:   {selecting, lose},
		silent:    {rebinding, pause},
		renewDue:  impossible,
		rebindDue: impossible,
		expired:   {selecting, lose},
		replugged: {moved, hurry},
	},
	moved: {
		granted:   {bound, keep},
		refused:   {selecting, lose},
		silent:    {moved, pause},
		renewDue:  impossible,
		rebindDue: impossible,
		expired:   {selecting, lose},
		replugged: {moved, hurry},
	},
}
