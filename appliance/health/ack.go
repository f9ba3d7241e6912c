// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"database/sql"
	"fmt"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

// CodeStorage is the warning of the board itself.
const CodeStorage = "health.storage"

// acks are the acknowledgements, by code: a copy of the table, read at first
// use. The methods below need the lock of the board.
type acks struct {
	loaded bool
	by     map[string]string
	stale  map[string]bool // codes that cleared, but are still in the table
}

// ackOf says who acknowledged the warning with this code.
func (b *Board) ackOf(code string) (by string, ok bool) {
	b.load()
	by, ok = b.acks.by[code]
	return by, ok
}

func (b *Board) acknowledge(ctx context.Context, by audit.Actor, code string) error {
	b.load()
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO health_ack (code, by_name, at) VALUES (?, ?, ?)
			ON CONFLICT (code) DO UPDATE SET by_name = excluded.by_name, at = excluded.at`, code, by.Name, store.Time(b.now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("acknowledge %s: %w", code, err)
	}
	b.acks.by[code] = by.Name
	delete(b.acks.stale, code)
	return nil
}

// unacknowledge forgets an acknowledgement. Where that cannot be stored, the next
// Set or Clear of the code tries again.
func (b *Board) unacknowledge(code string) {
	if _, ok := b.ackOf(code); !ok && !b.acks.stale[code] {
		return
	}
	delete(b.acks.by, code)
	err := b.db.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM health_ack WHERE code = ?`, code)
		return err
	})
	if err == nil {
		delete(b.acks.stale, code)
	} else {
		b.acks.stale[code] = true
	}
	b.stored(err)
}

// load reads the table once. Without it warnings merely show as not
// acknowledged, so trouble with it is a warning, not the end of the board.
func (b *Board) load() {
	if b.acks.loaded {
		return
	}
	by := map[string]string{}
	err := b.db.Read(context.Background(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT code, by_name FROM health_ack`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var code, name string
			if err := rows.Scan(&code, &name); err != nil {
				return err
			}
			by[code] = name
		}
		return rows.Err()
	})
	b.acks = acks{loaded: err == nil, by: by, stale: map[string]bool{}}
	b.stored(err)
}

// stored sets or clears the board's own warning.
func (b *Board) stored(err error) {
	had, known := b.warnings[CodeStorage]
	if err == nil {
		delete(b.warnings, CodeStorage)
		if known {
			b.news.Notify(struct{}{})
		}
		return
	}
	w := Warning{
		Code: CodeStorage, Severity: Warn, Since: had.Since, Acknowledged: had.Acknowledged, AckBy: had.AckBy,
		Text: fmt.Sprintf("Acknowledgements of warnings cannot be stored: %v.", err),
		Fix:  "Check that the disk is not full. If it is not, restart the appliance.",
	}
	if !known {
		w.Since = b.now().UTC()
	}
	b.warnings[CodeStorage] = w
	if w != had {
		b.news.Notify(struct{}{})
	}
}
