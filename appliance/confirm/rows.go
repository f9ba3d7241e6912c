// SPDX-License-Identifier: Apache-2.0

package confirm

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"understudy/appliance/store"
)

const columns = `id, area, summary, revision, by_name, by_address, by_via, at, deadline, run`

// Pending returns the changes that wait, oldest first.
func (g *Guard) Pending(ctx context.Context) ([]Pending, error) {
	rows, err := g.rows(ctx)
	if err != nil {
		return nil, err
	}
	var list []Pending
	for _, r := range rows {
		list = append(list, r.Pending)
	}
	return list, nil
}

// row is a waiting change and the run of the program that made it.
type row struct {
	Pending
	run string
}

func (g *Guard) rows(ctx context.Context) ([]row, error) {
	var list []row
	err := g.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM confirm_pending ORDER BY at, id`)
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
		return nil, fmt.Errorf("list waiting changes: %w", err)
	}
	return list, nil
}

func (g *Guard) find(ctx context.Context, id string) (Pending, error) {
	var r row
	err := g.db.Read(ctx, func(tx *sql.Tx) (err error) {
		r, err = scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM confirm_pending WHERE id = ?`, id).Scan)
		return err
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Pending{}, ErrNotFound
	case err != nil:
		return Pending{}, fmt.Errorf("read waiting change %s: %w", id, err)
	}
	return r.Pending, nil
}

func scan(fields func(...any) error) (r row, err error) {
	var at, deadline int64
	err = fields(&r.ID, &r.Area, &r.Summary, &r.Revision, &r.By.Name, &r.By.Address, &r.By.Via, &at, &deadline, &r.run)
	r.At, r.Deadline = store.FromTime(at), store.FromTime(deadline)
	return r, err
}

func insert(ctx context.Context, tx *sql.Tx, p Pending, run string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO confirm_pending (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.Area, p.Summary, p.Revision, p.By.Name, p.By.Address, p.By.Via, store.Time(p.At), store.Time(p.Deadline), run)
	return err
}

func (g *Guard) remove(ctx context.Context, id string) error {
	err := g.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM confirm_pending WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("remove waiting change %s: %w", id, err)
	}
	return nil
}
