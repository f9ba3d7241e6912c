// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"understudy/appliance/audit"
)

// Handle says how documents of an area are brought into force. Call it when
// the area's package is set up, before anything is reverted.
func (b *Book) Handle(area string, apply Apply) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.areas[area] = apply
}

// Revert undoes a revision: what it changed goes back to what it was, by the
// function of its area; what later revisions changed elsewhere in the document
// stays. The undoing is a revision itself, so it can be reverted too.
//
// The error is ErrStale when a later revision changed the same things again,
// ErrNothing when they are as they were, and ErrFirst for the first document
// of an area. An error of the area's function comes back as it is.
func (b *Book) Revert(ctx context.Context, by audit.Actor, id int64) error {
	return b.revert(ctx, by, id, false)
}

// Restore is Revert for who must be sure that the result is in force: where
// Revert says ErrNothing, it calls the area's function all the same.
func (b *Book) Restore(ctx context.Context, by audit.Actor, id int64) error {
	return b.revert(ctx, by, id, true)
}

func (b *Book) revert(ctx context.Context, by audit.Actor, id int64, always bool) error {
	r, have, target, err := b.plan(ctx, id)
	if errors.Is(err, ErrNothing) && always {
		err = nil
	}
	if err != nil {
		return err
	}
	b.mu.Lock()
	apply := b.areas[r.Area]
	b.mu.Unlock()
	if apply == nil {
		return fmt.Errorf("revert revision %d: nothing here manages %q", id, r.Area)
	}
	ctx = context.WithValue(ctx, undoKey{}, undo{area: r.Area, id: id, base: have})
	return apply(ctx, by, target, fmt.Sprintf("Revert of revision %d", id))
}

// plan works out the document that undoes revision id, on top of revision have.
func (b *Book) plan(ctx context.Context, id int64) (r Revision, have int64, target json.RawMessage, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		if r, err = b.GetTx(ctx, tx, id); err != nil {
			return err
		}
		if string(r.Before) == string(null) {
			return ErrFirst
		}
		var doc json.RawMessage
		if have, doc, err = current(ctx, tx, r.Area); err != nil {
			return err
		}
		target, err = without(r, doc)
		if err == nil && string(target) == string(doc) {
			err = ErrNothing
		}
		return err
	})
	return r, have, target, err
}

// undo travels in the context from Revert through the area's function to Put,
// so that the new revision says what it reverts and nothing that came between
// is overwritten.
type undo struct {
	area string
	id   int64 // the revision being reverted
	base int64 // the revision the result was worked out on
}

type undoKey struct{}

// Apart returns ctx for a change of its own: where ctx comes from Revert, what
// is put with the result is no part of what is undone. A function that takes
// back what it has put needs it.
func Apart(ctx context.Context) context.Context {
	return context.WithValue(ctx, undoKey{}, undo{})
}

func undoOf(ctx context.Context, area string) undo {
	if u, ok := ctx.Value(undoKey{}).(undo); ok && u.area == area {
		return u
	}
	return undo{}
}
