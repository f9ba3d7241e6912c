// SPDX-License-Identifier: Apache-2.0

package updates

import "fmt"

// State is how far an update of the Base software has come. It names what is
// true on disk.
type State string

// The states.
const (
	Fetching   State = "fetching"    // its package is being brought and verified
	Staging    State = "staging"     // the package is verified; its image is being written
	Staged     State = "staged"      // the image is whole, and was read back
	Saved      State = "saved"       // the configuration is copied
	Arming     State = "arming"      // the loader is being told; the next start may be either version's
	Armed      State = "armed"       // the next start tries the new version
	Proving    State = "proving"     // this start is the trial
	Refused    State = "refused"     // the new version has found itself unfit; the next start is the old one's
	Good       State = "good"        // the new version is kept
	RolledBack State = "rolled back" // the old version is back, with its configuration
	Failed     State = "failed"      // given up before the new version could start
)

// Event is what moves an update on.
type Event string

// The events.
const (
	Brought   Event = "package verified"
	Written   Event = "image written"
	Copied    Event = "configuration copied"
	SetToTry  Event = "to be tried"
	LoaderSet Event = "set to be tried"
	BootedNew Event = "new version started"
	BootedOld Event = "old version started"
	Proven    Event = "proven"
	Unfit     Event = "unfit"
	Kept      Event = "kept by the loader"
	GivenUp   Event = "given up"
)

// moves is the table. What is not in it does not happen.
var moves = map[State]map[Event]State{
	Fetching: {Brought: Staging, GivenUp: Failed, BootedOld: Failed},
	Staging:  {Written: Staged, GivenUp: Failed, BootedOld: Failed},
	Staged:   {Copied: Saved, GivenUp: Failed, BootedOld: Failed},
	Saved:    {SetToTry: Arming, GivenUp: Failed, BootedOld: Failed},
	Arming:   {LoaderSet: Armed, BootedNew: Proving, BootedOld: Failed, GivenUp: Failed},
	Armed:    {BootedNew: Proving, BootedOld: RolledBack, GivenUp: Failed},
	Proving:  {BootedNew: Proving, BootedOld: RolledBack, Proven: Good, Unfit: Refused},
	Refused:  {BootedOld: RolledBack, BootedNew: Refused, Kept: Good},
}

// Over reports whether an update in this state has ended.
func (s State) Over() bool { return len(moves[s]) == 0 }

// OnTrial reports whether the next start may be another version's than the
// last proven one.
func (s State) OnTrial() bool { return s == Arming || s == Armed || s == Proving || s == Refused }

// freezes reports whether the configuration stays as it is: from before it is
// copied until it is known which version uses it.
func (s State) freezes() bool { return s == Staged || s == Saved || s.OnTrial() }

// next is the state that an event leads to.
func (s State) next(e Event) (State, error) {
	to, ok := moves[s][e]
	if !ok {
		return s, fmt.Errorf("an update that is %s cannot become %q", s, e)
	}
	return to, nil
}
