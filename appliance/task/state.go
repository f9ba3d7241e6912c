// SPDX-License-Identifier: Apache-2.0

package task

import "slices"

// State is where a task is in its life.
type State string

// The states of a task.
const (
	Queued      State = "queued"
	Running     State = "running"
	Done        State = "done"
	Failed      State = "failed"
	Interrupted State = "interrupted" // the box or the program stopped under it
)

// moves is the whole life of a task: from each state, where it may go.
var moves = map[State][]State{
	Queued:      {Running, Interrupted},
	Running:     {Done, Failed, Interrupted},
	Done:        {},
	Failed:      {},
	Interrupted: {},
}

// Live says whether a task in this state is still to end.
func (s State) Live() bool { return len(moves[s]) > 0 }

// move takes the task to its next state, if the table has that move.
func (t *Task) move(next State) bool {
	if !slices.Contains(moves[t.State], next) {
		return false
	}
	t.State = next
	return true
}
