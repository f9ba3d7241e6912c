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
	return nil
}

func (b *Board) unacknowledge(code string) {
	if _, ok := b.ackOf(code); !ok {
		return
	}
	err := b.db.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM health_ack WHERE code = ?`, code)
		return err
	})
	if err == nil { // if not, the next Clear tries again
		delete(b.acks.by, code)
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
	b.acks = acks{loaded: err == nil, by: by}
	b.stored(err)
}

// stored sets or clears the board's own warning.
func (b *Board) stored(err error) {
	if err == nil {
		delete(b.warnings, CodeStorage)
		return
	}
	b.warnings[CodeStorage] = Warning{
		Code: CodeStorage, Severity: Warn, Since: b.now().UTC(),
		Text: fmt.Sprintf("Acknowledgements of warnings cannot be stored: %v.", err),
		Fix:  "Check that the disk is not full. If it is not, restart the appliance.",
	}
}
