// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

const (
	keepRevisions = 1000    // of each area; older ones are removed
	maxDocument   = 1 << 20 // bytes of JSON
	maxReason     = 1000    // bytes
)

// Errors that a page shows as they are.
var (
	ErrStale    = errors.New("somebody changed this meanwhile: look at it as it is now, then make your change again")
	ErrNothing  = errors.New("there is nothing to revert: this is in force already")
	ErrFirst    = errors.New("this is where the history begins: there is nothing before it to go back to")
	ErrNotFound = errors.New("there is no such revision: it may have been removed, as only the newest 1,000 of each area are kept")
)

// Book holds the documents of all areas and their history. It is safe for
// concurrent use.
type Book struct {
	// Frozen says why nobody but the system may change a document at the moment,
	// nil if everybody may; its error is what Put returns. It may be nil; set it
	// before the first change.
	Frozen func(ctx context.Context) error

	db  *store.DB
	now func() time.Time

	mu    sync.Mutex
	areas map[string]Apply
}

// New returns the book in db, which has the tables of Schema1.
func New(db *store.DB, now func() time.Time) *Book {
	return &Book{db: db, now: now, areas: map[string]Apply{}}
}

// Current decodes the document in force of an area and returns the revision
// that made it. If there is none, rev is 0 and into is left as it is.
func (b *Book) Current(ctx context.Context, area string, into any) (rev int64, err error) {
	var doc json.RawMessage
	err = b.db.Read(ctx, func(tx *sql.Tx) (err error) {
		rev, doc, err = current(ctx, tx, area)
		return err
	})
	if err == nil && rev != 0 {
		err = json.Unmarshal(doc, into)
	}
	if err != nil {
		return 0, fmt.Errorf("read configuration of %s: %w", area, err)
	}
	return rev, nil
}

// Put makes doc the document of an area and returns the revision in force.
//
// base is the revision that the change was made on, 0 for none; if another one
// is in force, the error is ErrStale. A base below 0 is not checked. If doc
// says the same as the document in force, changed is false and nothing is
// written.
func (b *Book) Put(ctx context.Context, by audit.Actor, area string, base int64, doc any, reason string) (rev int64, changed bool, err error) {
	err = b.db.Write(ctx, func(tx *sql.Tx) (err error) {
		rev, changed, err = b.PutTx(ctx, tx, by, area, base, doc, reason)
		return err
	})
	return rev, changed, err
}

// MayChange is Frozen for what lies in the database of the book and is in no
// document, such as passwords: ask it within the write transaction.
func (b *Book) MayChange(ctx context.Context, by audit.Actor) error {
	if b.Frozen == nil || by == audit.System {
		return nil
	}
	return b.Frozen(ctx)
}

// PutTx is Put within a write transaction of the book's database.
func (b *Book) PutTx(ctx context.Context, tx *sql.Tx, by audit.Actor, area string, base int64, doc any, reason string) (rev int64, changed bool, err error) {
	next, err := canonical(doc)
	if err != nil {
		return 0, false, fmt.Errorf("store configuration of %s: %w", area, err)
	}
	if err := b.MayChange(ctx, by); err != nil {
		return 0, false, err
	}
	have, before, err := current(ctx, tx, area)
	if err != nil {
		return 0, false, fmt.Errorf("store configuration of %s: %w", area, err)
	}
	undo := undoOf(ctx, area)
	if undo.id != 0 {
		base = undo.base
	}
	switch {
	case base >= 0 && base != have:
		return have, false, ErrStale
	case string(before) == string(next):
		return have, false, nil
	}
	rev, err = insert(ctx, tx, Revision{
		Area: area, At: b.now(), By: by, Reason: shorten(reason), Before: before, After: next, Reverts: undo.id,
	})
	if err != nil {
		return 0, false, fmt.Errorf("store configuration of %s: %w", area, err)
	}
	return rev, true, nil
}

func shorten(reason string) string {
	if len(reason) <= maxReason {
		return reason
	}
	return strings.ToValidUTF8(reason[:maxReason], "") + "…"
}
