// SPDX-License-Identifier: Apache-2.0

package confirm

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"understudy/appliance/audit"
)

// Begin has the change that made revision id of area revert itself unless it
// is confirmed within the given time. ErrPending: an earlier change of the
// area waits; ask Free before making the change.
//
// Between making the change and Begin a power cut would leave it in force for
// good. Put has no such moment.
func (g *Guard) Begin(ctx context.Context, by audit.Actor, area, summary string, id int64, within time.Duration) (Pending, error) {
	var p Pending
	err := g.db.Write(ctx, func(tx *sql.Tx) (err error) {
		p, err = g.begin(ctx, tx, by, area, summary, id, within)
		return err
	})
	if err != nil {
		return Pending{}, err
	}
	g.waits(p)
	return p, nil
}

// Put stores doc as the document of area, as revision.Book.Put does, and
// begins to wait for its confirmation, both or neither. If doc changes
// nothing, the result is nil. Bring it into force afterwards, and call Undo if
// that fails.
func (g *Guard) Put(ctx context.Context, by audit.Actor, area string, base int64, doc any, reason, summary string, within time.Duration) (*Pending, error) {
	var p *Pending
	err := g.db.Write(ctx, func(tx *sql.Tx) error {
		id, changed, err := g.book.PutTx(ctx, tx, by, area, base, doc, reason)
		if err != nil || !changed {
			return err
		}
		begun, err := g.begin(ctx, tx, by, area, summary, id, within)
		p = &begun
		return err
	})
	if err != nil {
		return nil, err
	}
	if p != nil {
		g.waits(*p)
	}
	return p, nil
}

// waits sets the alarm of a change whose row is on the disk.
func (g *Guard) waits(p Pending) {
	g.schedule.set(p.ID, p.Deadline)
	g.news.Notify(struct{}{})
}

// begin writes the row of a change.
func (g *Guard) begin(ctx context.Context, tx *sql.Tx, by audit.Actor, area, summary string, id int64, within time.Duration) (Pending, error) {
	if within <= 0 {
		return Pending{}, fmt.Errorf("guard change %d of %s: the time to confirm it must be positive, not %v", id, area, within)
	}
	if err := free(ctx, tx, area); err != nil {
		return Pending{}, err
	}
	r, err := g.book.GetTx(ctx, tx, id)
	if err != nil {
		return Pending{}, fmt.Errorf("guard change %d of %s: %w", id, area, err)
	}
	if r.Area != area || string(r.Before) == "null" {
		return Pending{}, fmt.Errorf("guard change %d of %s: it cannot be reverted (it is of %s and came after %s)", id, area, r.Area, r.Before)
	}
	at := g.now()
	p := Pending{
		ID: strings.ToLower(rand.Text()[:16]), Area: area, Summary: summary, Revision: id, By: by,
		At: at, Deadline: at.Add(within),
	}
	if err := insert(ctx, tx, p, g.run); err != nil {
		return Pending{}, fmt.Errorf("guard change %d of %s: %w", id, area, err)
	}
	return p, nil
}

// Free returns ErrPending if a change of area waits.
func (g *Guard) Free(ctx context.Context, area string) error {
	return g.db.Read(ctx, func(tx *sql.Tx) error { return free(ctx, tx, area) })
}

func free(ctx context.Context, tx *sql.Tx, area string) error {
	var one int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM confirm_pending WHERE area = ?`, area).Scan(&one)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look for a waiting change of %s: %w", area, err)
	}
	return ErrPending
}
