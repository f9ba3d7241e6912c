// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"understudy/appliance/store"
)

// Schema1 makes the table of what the clock was moved by within the last day
// without consent.
const Schema1 = `
CREATE TABLE clock_move (
	at      INTEGER NOT NULL, -- by the clock as it is set now
	by_nsec INTEGER NOT NULL
) STRICT;
`

// moved is one movement of the clock, for the daily limit.
type moved struct {
	at time.Time // monotonic
	by time.Duration
}

// noise is what an ordinary oscillator (150 millionths) and the line to a time
// server make of the clock from one poll to the next. Such movements are not
// counted: they would use up a small limit within a day, although all is well.
const noise = 10 * time.Millisecond

func counts(by time.Duration) bool { return by.Abs() >= noise }

// mayMove reports whether a movement is within what the day still allows. The
// caller holds mu.
func (s *Service) mayMove(by time.Duration) bool {
	if !counts(by) {
		return true
	}
	s.moves = slices.DeleteFunc(s.moves, func(m moved) bool { return time.Since(m.at) > day })
	total := by.Abs()
	for _, m := range s.moves {
		total += m.by.Abs()
	}
	return total <= s.settings.MaxStep()
}

// recall reads the movements of before the start.
func (s *Service) recall(ctx context.Context) error {
	now, clock := time.Now(), s.Clock.Now()
	var moves []moved
	err := s.Journal.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT at, by_nsec FROM clock_move`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var at, by int64
			if err := rows.Scan(&at, &by); err != nil {
				return err
			}
			// A clock that lost its time may be behind them.
			age := max(clock.Sub(store.FromTime(at)), 0)
			moves = append(moves, moved{now.Add(-age), time.Duration(by)})
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("read how far the clock was moved: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moves = moves
	return nil
}

// keep stores the movements for the next start. All of them are written anew,
// since the clock by which they are dated has just been moved.
func (s *Service) keep(ctx context.Context) error {
	s.mu.Lock()
	moves := slices.Clone(s.moves)
	s.mu.Unlock()
	clock := s.Clock.Now()
	err := s.Journal.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec(`DELETE FROM clock_move`); err != nil {
			return err
		}
		for _, m := range moves {
			if _, err := tx.Exec(`INSERT INTO clock_move VALUES (?, ?)`, store.Time(clock.Add(-time.Since(m.at))), int64(m.by)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store how far the clock was moved: %w", err)
	}
	return nil
}
