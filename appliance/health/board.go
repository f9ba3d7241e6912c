// SPDX-License-Identifier: Apache-2.0

package health

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
	"understudy/appliance/store/watch"
)

// ErrNotFound says that a warning is not on the board.
var ErrNotFound = errors.New("this warning is not there any more: what was wrong has healed")

// Board holds the warnings. It is safe for concurrent use.
type Board struct {
	db   *store.DB
	now  func() time.Time
	news watch.Hub[struct{}]

	mu       sync.Mutex
	warnings map[string]Warning // by code
	acks     acks
	journal  *store.DB            // nil: moments are not kept
	since    map[string]time.Time // by code: a copy of its table
	checks   []Check
	launch   func(Check) // set while Run runs
}

// New returns an empty board that keeps acknowledgements in db, which has the
// tables of Schema1.
func New(db *store.DB, now func() time.Time) *Board {
	return &Board{db: db, now: now, warnings: map[string]Warning{}}
}

// Set puts w on the board, in place of a warning with the same code. Since of
// the earlier one stays, and so does its acknowledgement; those fields of w are
// not looked at.
func (b *Board) Set(w Warning) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.set(w)
}

func (b *Board) set(w Warning) {
	if b.acks.stale[w.Code] {
		b.unacknowledge(w.Code)
	}
	had, known := b.warnings[w.Code]
	w.Since = had.Since
	if !known {
		w.Since = b.begins(w.Code)
	}
	w.AckBy, w.Acknowledged = b.ackOf(w.Code)
	b.warnings[w.Code] = w
	if w != had {
		b.news.Notify(struct{}{})
	}
}

// Clear takes the warning with this code off the board, if it is there, and
// forgets its acknowledgement, and since when it held.
func (b *Board) Clear(code string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unacknowledge(code)
	b.ends(code)
	if _, known := b.warnings[code]; known {
		delete(b.warnings, code)
		b.news.Notify(struct{}{})
	}
}

// List returns the warnings, worst first, and among equals the oldest first.
func (b *Board) List() []Warning {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.SortedFunc(maps.Values(b.warnings), func(x, y Warning) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), x.Since.Compare(y.Since), cmp.Compare(x.Code, y.Code))
	})
}

// Overall returns the worst severity of what nobody has acknowledged; ok says
// that it is no more than Info.
func (b *Board) Overall() (worst Severity, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.warnings {
		if !w.Acknowledged {
			worst = max(worst, w.Severity)
		}
	}
	return worst, worst < Warn
}

// Acknowledge notes that somebody knows of a warning, until it clears. The
// error is ErrNotFound when the warning is not on the board.
func (b *Board) Acknowledge(ctx context.Context, by audit.Actor, code string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	w, known := b.warnings[code]
	if !known {
		return ErrNotFound
	}
	if err := b.acknowledge(ctx, by, code); err != nil {
		return err
	}
	w.AckBy, w.Acknowledged = by.Name, true
	b.warnings[code] = w
	b.news.Notify(struct{}{})
	return nil
}

// Watch returns a channel that tells when the list changes. It is closed when
// ctx ends.
func (b *Board) Watch(ctx context.Context) <-chan struct{} {
	return b.news.Watch(ctx)
}
