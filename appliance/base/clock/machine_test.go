// SPDX-License-Identifier: Apache-2.0

package clock

import "testing"

var (
	allStates = []State{Unsynchronised, Synchronised, Doubting, Refusing, Silent}
	allEvents = []event{inStep, off, tooFar, jumped, consented, split, missed, nobody}
)

// What must hold in every state, whatever happens.
func TestTable(t *testing.T) {
	if len(table) != len(allStates) {
		t.Fatalf("%d states, want %d", len(table), len(allStates))
	}
	for _, from := range allStates {
		if len(table[from]) != len(allEvents) {
			t.Errorf("%s knows %d events, want %d", from, len(table[from]), len(allEvents))
		}
		for _, e := range allEvents {
			m, ok := table[from][e]
			if !ok {
				t.Errorf("%s does not know what to do when %s", from, e)
				continue
			}
			moves := m.do == slew || m.do == step
			switch e {
			case tooFar, split, missed, nobody, jumped:
				if moves {
					t.Errorf("%s moves the clock when %s", from, e)
				}
			case consented:
				if m != (move{Synchronised, step}) {
					t.Errorf("%s does not do what was consented to", from)
				}
			case inStep:
				if m != (move{Synchronised, slew}) {
					t.Errorf("%s does not follow servers that are in step", from)
				}
			}
			if m.to == Synchronised && !moves && from != Synchronised {
				t.Errorf("%s counts as synchronised when %s", from, e)
			}
			if (m.to == Refusing) != (m.do == refuse) && e != missed {
				t.Errorf("%s, when %s: refusing without an offset to consent to, or the other way round", from, e)
			}
			if m.to == Doubting && m.do != doubt && e != missed {
				t.Errorf("%s, when %s: doubting without remembering what", from, e)
			}
		}
	}
	if m := table[Synchronised][off]; m.do != doubt {
		t.Error("a clock in step is stepped at the first word")
	}
}
