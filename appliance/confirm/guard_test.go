// SPDX-License-Identifier: Apache-2.0

package confirm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/revision"
	"understudy/appliance/store"
)

var (
	ada  = audit.Actor{Name: "ada", Address: "192.0.2.7", Via: "page"}
	errs = errors.New("the interface does not answer")
)

// box is an appliance with one area, "network", whose document is an address
// and whose address in force is what the kernel would have.
type box struct {
	t       *testing.T
	dir     string
	db      *store.DB
	book    *revision.Book
	log     *audit.Log
	guard   *Guard
	stop    func()
	broken  atomic.Bool  // reverts fail
	failed  atomic.Int32 // how often OnFailure was called
	inForce atomic.Pointer[string]
	back    atomic.Pointer[Pending] // what OnReverted was told last
}

func (b *box) apply(address string) { b.inForce.Store(&address) }

// start switches the box on: what is on the disk comes into force.
func start(t *testing.T, dir string) *box {
	t.Helper()
	db, err := store.Open(context.Background(), filepath.Join(dir, "base.db"), []store.Migration{
		{Name: "revision", SQL: revision.Schema1}, {Name: "confirm", SQL: Schema1}, {Name: "audit", SQL: audit.Schema1},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &box{t: t, dir: dir, db: db, book: revision.New(db, time.Now), log: audit.New(db, time.Now)}
	b.guard = New(db, b.book, b.log, time.Now)
	b.guard.OnFailure = func(Pending, error) { b.failed.Add(1) }
	b.guard.OnReverted = func(p Pending) { b.back.Store(&p) }
	b.book.Handle("network", func(ctx context.Context, by audit.Actor, doc json.RawMessage, reason string) error {
		if !Reverting(ctx) {
			t.Error("the area cannot tell that the guard reverts")
		}
		if b.broken.Load() {
			return errs
		}
		_, _, err := b.book.Put(ctx, by, "network", -1, doc, reason)
		b.apply(strings.Trim(string(doc), `"`))
		return err
	})
	var stored string
	if _, err := b.book.Current(t.Context(), "network", &stored); err != nil {
		t.Fatal(err)
	}
	b.apply(stored)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- b.guard.Run(ctx) }()
	b.stop = func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("run ended with %v", err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	return b
}

// change makes the address other, to be confirmed within a minute.
func (b *box) change(other string) Pending {
	b.t.Helper()
	p, err := b.guard.Put(b.t.Context(), ada, "network", -1, other, "test", "Address "+other, time.Minute)
	if err != nil || p == nil {
		b.t.Fatalf("change: %v, %v", p, err)
	}
	b.apply(other)
	return *p
}

func (b *box) want(address string, waiting int) {
	b.t.Helper()
	synctest.Wait()
	var stored string
	if _, err := b.book.Current(b.t.Context(), "network", &stored); err != nil {
		b.t.Fatal(err)
	}
	pending, err := b.guard.Pending(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	if inForce := *b.inForce.Load(); stored != address || inForce != address || len(pending) != waiting {
		b.t.Errorf("stored %s, in force %s, %d waiting; want %s and %d", stored, inForce, len(pending), address, waiting)
	}
}

// audited returns the actions in the log, oldest first.
func (b *box) audited() string {
	b.t.Helper()
	events, err := b.log.List(b.t.Context(), audit.Filter{})
	if err != nil {
		b.t.Fatal(err)
	}
	var words []string
	for _, e := range events {
		words = append([]string{fmt.Sprintf("%s %s by %s", e.Action, e.Outcome, e.Name)}, words...)
	}
	return strings.Join(words, ", ")
}

// in runs a test on a box whose address is "old", in time that passes only
// when everybody waits.
func in(t *testing.T, f func(t *testing.T, b *box)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := start(t, dir)
		if _, _, err := b.book.Put(t.Context(), ada, "network", 0, "old", "first"); err != nil {
			t.Fatal(err)
		}
		b.apply("old")
		f(t, b)
		b.stop()
	})
}

func TestAChangeNobodyConfirmsReverts(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		p := b.change("new")
		if !p.Deadline.Equal(time.Now().Add(time.Minute)) || p.By != ada || p.Summary != "Address new" {
			t.Errorf("pending %+v", p)
		}
		time.Sleep(time.Minute - time.Millisecond)
		b.want("new", 1)
		time.Sleep(time.Millisecond)
		b.want("old", 0)
		if back := b.back.Load(); back == nil || back.ID != p.ID {
			t.Errorf("told of %+v", back)
		}
		if got := b.audited(); got != "change.revert ok by system" {
			t.Errorf("audited: %s", got)
		}
		for _, settle := range []func(context.Context, audit.Actor, string) error{b.guard.Confirm, b.guard.Undo} {
			if err := settle(t.Context(), ada, p.ID); !errors.Is(err, ErrNotFound) {
				t.Errorf("settled afterwards: %v", err)
			}
		}
	})
}

func TestAConfirmedChangeStays(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		p := b.change("new")
		if err := b.guard.Confirm(t.Context(), ada, p.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		b.want("new", 0)
		if err := b.guard.Confirm(t.Context(), ada, p.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("confirmed twice: %v", err)
		}
		if got := b.audited(); got != "change.confirm ok by ada" {
			t.Errorf("audited: %s", got)
		}
	})
}

func TestUndoRevertsAtOnce(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		p := b.change("new")
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // the request ends with the address it came by
		if err := b.guard.Undo(ctx, ada, p.ID); err != nil {
			t.Fatal(err)
		}
		b.want("old", 0)
		if got := b.audited(); got != "change.undo ok by ada" {
			t.Errorf("audited: %s", got)
		}
	})
}

func TestOneChangeOfAnAreaWaits(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		if err := b.guard.Free(t.Context(), "network"); err != nil {
			t.Errorf("nothing waits: %v", err)
		}
		p := b.change("new")
		if err := b.guard.Free(t.Context(), "network"); !errors.Is(err, ErrPending) {
			t.Errorf("one waits: %v", err)
		}
		if err := b.guard.Free(t.Context(), "tls"); err != nil {
			t.Errorf("another area: %v", err)
		}
		if _, err := b.guard.Put(t.Context(), ada, "network", -1, "newer", "", "", time.Minute); !errors.Is(err, ErrPending) {
			t.Errorf("a second change: %v", err)
		}
		b.want("new", 1) // and nothing of the second is stored
		if err := b.guard.Confirm(t.Context(), ada, p.ID); err != nil {
			t.Fatal(err)
		}
		b.change("newer")
		b.want("newer", 1)
	})
}

func TestNoChangeDoesNotWait(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		if p, err := b.guard.Put(t.Context(), ada, "network", -1, "old", "", "", time.Minute); p != nil || err != nil {
			t.Errorf("got %v, %v", p, err)
		}
		b.want("old", 0)
	})
}

func TestBeginAfterTheChange(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		id, _, err := b.book.Put(t.Context(), ada, "network", -1, "new", "")
		if err != nil {
			t.Fatal(err)
		}
		b.apply("new")
		for name, bad := range map[string]func() (Pending, error){
			"another area":     func() (Pending, error) { return b.guard.Begin(t.Context(), ada, "tls", "", id, time.Minute) },
			"no such revision": func() (Pending, error) { return b.guard.Begin(t.Context(), ada, "network", "", 99, time.Minute) },
			"the first one":    func() (Pending, error) { return b.guard.Begin(t.Context(), ada, "network", "", 1, time.Minute) },
			"no time":          func() (Pending, error) { return b.guard.Begin(t.Context(), ada, "network", "", id, 0) },
		} {
			if p, err := bad(); err == nil {
				t.Errorf("%s: began %+v", name, p)
			}
		}
		if _, err := b.guard.Begin(t.Context(), ada, "network", "Address new", id, time.Minute); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		b.want("old", 0)
	})
}

func TestWatchersHear(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		news := b.guard.Watch(ctx)
		p := b.change("new")
		<-news
		if err := b.guard.Confirm(t.Context(), ada, p.ID); err != nil {
			t.Fatal(err)
		}
		<-news
	})
}
