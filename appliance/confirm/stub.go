// SPDX-License-Identifier: Apache-2.0

package confirm

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/revision"
	"understudy/appliance/store"
)

const Schema1 = ``

var (
	ErrPending  = errors.New("a change to this is waiting to be confirmed: confirm or undo it first")
	ErrNotFound = errors.New("this change is not waiting any more: it was confirmed or reverted")
)

type Guard struct {
	// OnFailure is told of every attempt to revert that failed; set it before Run.
	OnFailure func(Pending, error)
	// OnReverted is told of every change that was reverted; set it before Run.
	OnReverted func(Pending)
}

func New(db *store.DB, book *revision.Book, log *audit.Log, now func() time.Time) *Guard {
	return &Guard{}
}
func (g *Guard) Begin(ctx context.Context, by audit.Actor, area, summary string, revisionID int64, within time.Duration) (Pending, error) {
	return Pending{}, nil
}
func (g *Guard) BeginTx(ctx context.Context, tx *sql.Tx, by audit.Actor, area, summary string, revisionID int64, within time.Duration) (Pending, error) {
	return Pending{}, nil
}
func (g *Guard) Confirm(ctx context.Context, by audit.Actor, id string) error { return ErrNotFound }
func (g *Guard) Undo(ctx context.Context, by audit.Actor, id string) error    { return ErrNotFound }
func (g *Guard) Pending(ctx context.Context) ([]Pending, error)               { return nil, nil }
func (g *Guard) Free(ctx context.Context, area string) error                  { return nil }
func (g *Guard) Run(ctx context.Context) error                                { <-ctx.Done(); return ctx.Err() }
func (g *Guard) Watch(ctx context.Context) <-chan struct{}                    { return nil }

// Reverting says whether ctx comes from a guard that is reverting a change.
func Reverting(ctx context.Context) bool { return false }
