// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"database/sql"
	"testing"
	"time"
)

// What a liar may do in a day does not begin anew with a restart; what an
// administrator consented to meanwhile does not shorten the day.
func TestLimitOutlivesARestart(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	s := newServer(t, lying(14*time.Minute))
	lies := func(by time.Duration) {
		s.set(func(s *timeServer) { s.clock = lying(by) })
		b.servers(s)
		b.polls(2)
	}
	lies(14 * time.Minute)
	b.stands(Synchronised, "", 14*time.Minute)
	b.restart()
	lies(28 * time.Minute)
	b.stands(Refusing, CodeStepRefused, 14*time.Minute)

	lies(48 * time.Hour)
	if err := b.Consent(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	b.polls(1)
	b.restart()
	lies(48*time.Hour + 14*time.Minute)
	b.stands(Refusing, CodeStepRefused, 48*time.Hour)

	b.passes(day + time.Minute)
	b.restart()
	lies(48*time.Hour + 14*time.Minute)
	b.stands(Synchronised, "", 48*time.Hour+14*time.Minute)
}

// passes makes what is stored as old as if the box had been off for so long.
func (b *box) passes(d time.Duration) {
	b.t.Helper()
	err := b.Journal.Write(b.t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE clock_move SET at = at - ?`, d.Milliseconds())
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// A clock that lost its time between two starts does not lose what counts, nor
// count it for longer than a day.
func TestLimitOutlivesAnEmptyBattery(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	s := newServer(t, lying(14*time.Minute))
	b.servers(s)
	b.polls(1)
	b.machine.offset = time.Unix(0, 0).Sub(noon)
	b.restart()
	s.set(func(s *timeServer) { s.clock = honest })
	b.servers(s)
	b.polls(1)
	b.stands(Synchronised, "", 0)
	b.restart()
	s.set(func(s *timeServer) { s.clock = lying(2 * time.Minute) })
	b.servers(s)
	b.polls(2)
	b.stands(Refusing, CodeStepRefused, 0)
	b.passes(day + time.Minute)
	b.restart()
	b.servers(s)
	b.polls(1)
	b.stands(Synchronised, "", 2*time.Minute)
}

// The smallest limit that may be set is not used up by polls that differ by a
// few milliseconds, as they always do; larger slews do add up.
func TestNoiseIsNotCounted(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	b.adopt(Settings{Zone: "UTC", MaxStepSeconds: 1})
	const first = 900 * time.Millisecond
	s := newServer(t, lying(first))
	b.servers(s)
	for i := range 24 {
		s.set(func(s *timeServer) { s.clock = lying(first + time.Duration(i%2)*5*time.Millisecond) })
		b.polls(1)
	}
	b.stands(Synchronised, "", first)
	if n := len(b.machine.slews); n != 23 {
		t.Errorf("%d slews, want 23", n)
	}
	for i := range 4 {
		s.set(func(s *timeServer) { s.clock = lying(first + time.Duration(i)*50*time.Millisecond) })
		b.polls(1)
	}
	b.stands(Refusing, CodeStepRefused, first)
}
