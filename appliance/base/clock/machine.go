// SPDX-License-Identifier: Apache-2.0

package clock

// State says how the clock stands.
type State string

// The states, as they are shown.
const (
	Unsynchronised State = "unsynchronised" // not yet, or the servers disagree
	Synchronised   State = "synchronised"
	Doubting       State = "doubting" // the servers' time jumped; the next poll will tell
	Refusing       State = "refused"  // the step that the servers want needs consent
	Silent         State = "silent"   // no server has answered for a while
)

// event is the outcome of a poll.
type event string

const (
	inStep    event = "in step"   // agreed, and so near that slewing does
	off       event = "off"       // agreed, and within what may be stepped
	tooFar    event = "too far"   // agreed, and beyond it
	jumped    event = "jumped"    // agreed, but not with what the poll before said
	consented event = "consented" // agreed, and just what was consented to
	split     event = "split"     // answers, but no agreement
	missed    event = "missed"    // no answer, for the first few times
	nobody    event = "nobody"    // no answer for a while
)

// action is what is done to the clock.
type action string

const (
	leave  action = "leave"
	slew   action = "slew"
	step   action = "step"
	refuse action = "refuse" // leave it, and remember the offset for consent
	doubt  action = "doubt"  // leave it, and remember the offset for the next poll
)

// move is what an event leads to.
type move struct {
	to State
	do action
}

// table is the whole of the decision. A clock in step is not stepped at the
// first poll that says so; one that never was, or that heard nothing for a
// while, is.
var table = map[State]map[event]move{
	Unsynchronised: {
		inStep: {Synchronised, slew}, off: {Synchronised, step}, tooFar: {Refusing, refuse}, jumped: {Unsynchronised, leave},
		consented: {Synchronised, step}, split: {Unsynchronised, leave}, missed: {Unsynchronised, leave}, nobody: {Silent, leave},
	},
	Synchronised: {
		inStep: {Synchronised, slew}, off: {Doubting, doubt}, tooFar: {Refusing, refuse}, jumped: {Doubting, doubt},
		consented: {Synchronised, step}, split: {Unsynchronised, leave}, missed: {Synchronised, leave}, nobody: {Silent, leave},
	},
	Doubting: {
		inStep: {Synchronised, slew}, off: {Synchronised, step}, tooFar: {Refusing, refuse}, jumped: {Doubting, doubt},
		consented: {Synchronised, step}, split: {Unsynchronised, leave}, missed: {Doubting, leave}, nobody: {Silent, leave},
	},
	Refusing: {
		inStep: {Synchronised, slew}, off: {Doubting, doubt}, tooFar: {Refusing, refuse}, jumped: {Doubting, doubt},
		consented: {Synchronised, step}, split: {Unsynchronised, leave}, missed: {Refusing, leave}, nobody: {Silent, leave},
	},
	Silent: {
		inStep: {Synchronised, slew}, off: {Synchronised, step}, tooFar: {Refusing, refuse}, jumped: {Doubting, doubt},
		consented: {Synchronised, step}, split: {Unsynchronised, leave}, missed: {Silent, leave}, nobody: {Silent, leave},
	},
}
