// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"understudy/appliance/store"
)

// Remember keeps the moments since when warnings hold in db, which has the
// table of JournalSchema1, so that a restart does not make them look new. It
// belongs before the first Set. An error means that those of before are not
// known.
func (b *Board) Remember(ctx context.Context, db *store.DB) error {
	since := map[string]time.Time{}
	err := db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT code, at FROM health_since`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var code string
			var at int64
			if err := rows.Scan(&code, &at); err != nil {
				return err
			}
			since[code] = store.FromTime(at)
		}
		return rows.Err()
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.journal, b.since = db, since
	if err != nil {
		return fmt.Errorf("read since when warnings hold: %w", err)
	}
	return nil
}

// begins returns since when a warning holds that comes onto the board: since
// before a restart, or now. A moment that is still to come says that the clock
// is behind, or was ahead then: it is not shown, but kept.
func (b *Board) begins(code string) time.Time {
	now := b.now().UTC()
	if at, ok := b.since[code]; ok {
		if at.After(now) {
			return now
		}
		return at
	}
	b.note(`INSERT INTO health_since (code, at) VALUES (?, ?) ON CONFLICT (code) DO UPDATE SET at = excluded.at`, code, store.Time(now))
	if b.since != nil {
		b.since[code] = now
	}
	return now
}

// ends forgets since when a warning held.
func (b *Board) ends(code string) {
	if _, ok := b.since[code]; !ok {
		return
	}
	delete(b.since, code)
	b.note(`DELETE FROM health_since WHERE code = ?`, code)
}

// note writes to the journal, if there is one. Where it cannot be written to, a
// warning is as old as the start of the box after the next restart; that is no
// reason for another warning.
func (b *Board) note(statement string, args ...any) {
	if b.journal == nil {
		return
	}
	_ = b.journal.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
}
