// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"understudy/appliance/store"
)

const columns = `id, area, at, by_name, by_address, by_via, reason, before, after, reverts`

var null = json.RawMessage("null")

// current returns the document in force and its revision; null and 0 if there
// is none.
func current(ctx context.Context, tx *sql.Tx, area string) (rev int64, doc json.RawMessage, err error) {
	var text string
	err = tx.QueryRowContext(ctx, `SELECT id, after FROM revision WHERE area = ? ORDER BY id DESC LIMIT 1`, area).Scan(&rev, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, null, nil
	}
	return rev, json.RawMessage(text), err
}

// insert writes a revision and removes those of its area that are too old.
func insert(ctx context.Context, tx *sql.Tx, r Revision) (id int64, err error) {
	result, err := tx.ExecContext(ctx, `INSERT INTO revision (area, at, by_name, by_address, by_via, reason, before, after, reverts)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Area, store.Time(r.At), r.By.Name, r.By.Address, r.By.Via, r.Reason, string(r.Before), string(r.After), r.Reverts)
	if err != nil {
		return 0, err
	}
	if id, err = result.LastInsertId(); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM revision WHERE area = ?1
		AND id <= (SELECT id FROM revision WHERE area = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`, r.Area, keepRevisions)
	return id, err
}

// List returns the revisions of an area, or of all areas if area is empty,
// newest first: those with an id below before (0 for the newest), at most
// limit of them (0 for 100, 1,000 at most).
func (b *Book) List(ctx context.Context, area string, before int64, limit int) ([]Revision, error) {
	if limit <= 0 {
		limit = 100
	}
	var list []Revision
	err := b.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM revision
			WHERE (?1 = '' OR area = ?1) AND (?2 <= 0 OR id < ?2) ORDER BY id DESC LIMIT ?3`, area, before, min(limit, 1000))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			r, err := scan(rows.Scan)
			if err != nil {
				return err
			}
			list = append(list, r)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list revisions: %w", err)
	}
	return list, nil
}

// Get returns one revision, or ErrNotFound.
func (b *Book) Get(ctx context.Context, id int64) (r Revision, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) (err error) {
		r, err = b.GetTx(ctx, tx, id)
		return err
	})
	return r, err
}

// GetTx is Get within a transaction of the book's database.
func (b *Book) GetTx(ctx context.Context, tx *sql.Tx, id int64) (Revision, error) {
	r, err := scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM revision WHERE id = ?`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Revision{}, ErrNotFound
	}
	if err != nil {
		return Revision{}, fmt.Errorf("read revision %d: %w", id, err)
	}
	return r, nil
}

func scan(row func(...any) error) (r Revision, err error) {
	var at int64
	var before, after string
	err = row(&r.ID, &r.Area, &at, &r.By.Name, &r.By.Address, &r.By.Via, &r.Reason, &before, &after, &r.Reverts)
	r.At, r.Before, r.After = store.FromTime(at), json.RawMessage(before), json.RawMessage(after)
	return r, err
}
