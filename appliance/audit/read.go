// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"iter"
	"strings"

	"understudy/appliance/store"
)

const columns = `seq, at, actor, address, via, action, object, outcome, detail, count, prev, hash`

// List returns the events that f chooses, newest first.
func (l *Log) List(ctx context.Context, f Filter) ([]Event, error) {
	if err := l.Flush(ctx); err != nil {
		return nil, err
	}
	where, args := f.sql()
	var events []Event
	err := l.db.Read(ctx, func(tx *sql.Tx) error {
		q := `SELECT ` + columns + ` FROM audit_event ` + where + ` ORDER BY seq DESC LIMIT ?`
		for e, err := range query(ctx, tx, q, append(args, f.limit())...) {
			if err != nil {
				return err
			}
			events = append(events, e)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the audit log: %w", err)
	}
	return events, nil
}

// sql returns the condition for a filter. Its text is constant but for the
// choice of parts; what people typed goes into the arguments.
func (f Filter) sql() (where string, args []any) {
	var parts []string
	add := func(part string, values ...any) {
		parts = append(parts, part)
		args = append(args, values...)
	}
	if f.Actor != "" {
		add("actor = ?", f.Actor)
	}
	if f.Action != "" {
		// '/' is the character after '.'
		add("(action = ? OR action > ? AND action < ?)", f.Action, f.Action+".", f.Action+"/")
	}
	if f.Text != "" {
		add(`(actor || char(10) || address || char(10) || action || char(10) || object || char(10) || detail) LIKE ? ESCAPE '\'`,
			"%"+escapeLike.Replace(f.Text)+"%")
	}
	if !f.From.IsZero() {
		add("at >= ?", store.Time(f.From))
	}
	if !f.To.IsZero() {
		add("at < ?", store.Time(f.To))
	}
	if f.Before > 0 {
		add("seq < ?", f.Before)
	}
	if len(parts) == 0 {
		return "", nil
	}
	return "WHERE " + strings.Join(parts, " AND "), args
}

var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func (f Filter) limit() int {
	if f.Limit <= 0 {
		return 100
	}
	return min(f.Limit, 1000)
}

// query walks over the events of a query.
func query(ctx context.Context, tx *sql.Tx, q string, args ...any) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		rows, err := tx.QueryContext(ctx, q, args...)
		if err != nil {
			yield(Event{}, err)
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if e, err := scan(rows); !yield(e, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Event{}, err)
		}
	}
}

func scan(rows *sql.Rows) (e Event, err error) {
	var at int64
	var prev, hash []byte
	err = rows.Scan(&e.Seq, &at, &e.Name, &e.Address, &e.Via, &e.Action, &e.Object, &e.Outcome, &e.Detail, &e.Count, &prev, &hash)
	e.At, e.Prev, e.Hash = store.FromTime(at), hex.EncodeToString(prev), hex.EncodeToString(hash)
	return e, err
}
