// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"understudy/appliance/store"
	"understudy/appliance/store/watch"
)

// Log is the audit log of one database. It is safe for concurrent use.
type Log struct {
	// Gather is how long refusals that are alike are gathered once the first one
	// was written, a second if it is 0. Set it before the first event.
	Gather time.Duration

	db    *store.DB
	now   func() time.Time
	flood flood
	news  watch.Hub[struct{}]
}

// New returns the log in db, which has the tables of Schema1.
func New(db *store.DB, now func() time.Time) *Log {
	return &Log{db: db, now: now}
}

// Watch returns a channel that tells when events were written. It is closed
// when ctx ends.
func (l *Log) Watch(ctx context.Context) <-chan struct{} {
	return l.news.Watch(ctx)
}

// draft is an event that has no place in the chain yet.
type draft struct {
	by    Actor
	entry Entry
	count int64
}

// Append writes an event. It is on the disk when Append returns, even if ctx
// ends meanwhile: what was done is recorded though nobody waits for the answer.
// Only further refusals of a flood (see Flush) are counted first and written
// within a second.
func (l *Log) Append(ctx context.Context, by Actor, e Entry) error {
	d := draft{by: cleanActor(by), entry: cleanEntry(e), count: 1}
	if d.entry.Outcome == Refused && l.flood.absorb(refusal{d.by, d.entry}, cmp.Or(l.Gather, window), l.flushLater) {
		return nil
	}
	return l.write(ctx, []draft{d})
}

// write puts drafts at the end of the chain, all or none.
func (l *Log) write(ctx context.Context, drafts []draft) error {
	err := l.db.Write(context.WithoutCancel(ctx), func(tx *sql.Tx) error {
		seq, head, err := readHead(ctx, tx)
		if err != nil {
			return err
		}
		at := l.now()
		for _, d := range drafts {
			seq++
			e := Event{Seq: seq, At: store.FromTime(store.Time(at)), Actor: d.by, Entry: d.entry, Count: d.count, Prev: head}
			e.Hash = seal(e)
			if err := insert(tx, e); err != nil {
				return err
			}
			head = e.Hash
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write to the audit log: %w", err)
	}
	l.news.Notify(struct{}{})
	return nil
}

func insert(tx *sql.Tx, e Event) error {
	prev, err := hex.DecodeString(e.Prev)
	if err != nil {
		return err
	}
	hash, err := hex.DecodeString(e.Hash)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO audit_event
		(seq, at, actor, address, via, action, object, outcome, detail, count, prev, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Seq, store.Time(e.At), e.Name, e.Address, e.Via, e.Action, e.Object, e.Outcome, e.Detail, e.Count, prev, hash)
	return err
}

// readHead returns the end of the chain as it was recorded.
func readHead(ctx context.Context, tx *sql.Tx) (seq int64, hash string, err error) {
	var b []byte
	err = tx.QueryRowContext(context.WithoutCancel(ctx), "SELECT seq, hash FROM audit_head").Scan(&seq, &b)
	if err != nil {
		return 0, "", fmt.Errorf("read its head: %w", err)
	}
	return seq, hex.EncodeToString(b), nil
}
