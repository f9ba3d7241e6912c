// SPDX-License-Identifier: Apache-2.0

package confirm

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/revision"
	"understudy/appliance/store"
	"understudy/appliance/store/watch"
)

// Errors that a page shows as they are.
var (
	ErrPending   = errors.New("a change of this is waiting to be confirmed: confirm or undo it first")
	ErrNotFound  = errors.New("this change does not wait any more: it was confirmed or reverted")
	ErrReverting = errors.New("this change is being reverted right now: look again in a moment")
)

// Guard watches over changes. It is safe for concurrent use.
type Guard struct {
	// OnFailure is told of each attempt to revert that failed; it will be
	// tried again. Set it before Run; it may be nil.
	OnFailure func(Pending, error)
	// OnReverted is told of each change that was reverted. Set it before Run;
	// it may be nil.
	OnReverted func(Pending)

	db       *store.DB
	book     *revision.Book
	log      *audit.Log
	now      func() time.Time
	run      string // tells this run of the program from earlier ones
	schedule schedule
	news     watch.Hub[struct{}]
}

// New returns the guard of the changes in book. db holds the tables of Schema1
// and those of the book.
func New(db *store.DB, book *revision.Book, log *audit.Log, now func() time.Time) *Guard {
	return &Guard{db: db, book: book, log: log, now: now, run: rand.Text(), schedule: newSchedule()}
}

// Watch returns a channel that tells when a change begins or ceases to wait.
// It is closed when ctx ends.
func (g *Guard) Watch(ctx context.Context) <-chan struct{} {
	return g.news.Watch(ctx)
}

type revertingKey struct{}

// Reverting says whether ctx comes from a guard that reverts a change. The
// function of an area asks it, so as not to guard the revert as well.
func Reverting(ctx context.Context) bool {
	return ctx.Value(revertingKey{}) != nil
}
