// SPDX-License-Identifier: Apache-2.0

package task

import (
	"database/sql"
	"slices"
	"testing"
)

// The whole life of a task, written out a second time by hand.
func TestTheTableOfStates(t *testing.T) {
	all := []State{Queued, Running, Done, Failed, Interrupted}
	allowed := map[[2]State]bool{
		{Queued, Running}: true, {Queued, Interrupted}: true,
		{Running, Done}: true, {Running, Failed}: true, {Running, Interrupted}: true,
	}
	if len(moves) != len(all) {
		t.Fatalf("the table has %d states, want %d", len(moves), len(all))
	}
	for _, from := range all {
		for _, to := range all {
			task := Task{State: from}
			if moved := task.move(to); moved != allowed[[2]State{from, to}] {
				t.Errorf("from %s to %s: moved %v", from, to, moved)
			} else if !moved && task.State != from {
				t.Errorf("from %s to %s: refused, yet it is %s", from, to, task.State)
			}
		}
	}
	for _, s := range all {
		if live := slices.Contains([]State{Queued, Running}, s); s.Live() != live {
			t.Errorf("%s: live %v", s, s.Live())
		}
	}
}

// The database holds the same line: the past does not change.
func TestAnEndedTaskDoesNotChange(t *testing.T) {
	r := newRunner(t)
	for _, from := range []State{Queued, Running, Done, Failed, Interrupted} {
		err := r.db.Write(t.Context(), func(tx *sql.Tx) error {
			n, err := insertRow(tx, Task{ID: string(from), Kind: "a", Title: "A", State: from}, false)
			if err != nil {
				return err
			}
			return updateRow(tx, n, Task{State: Running, Percent: 5}, nil)
		})
		if (err == nil) != from.Live() {
			t.Errorf("a %s task was updated: %v", from, err)
		}
	}
}
