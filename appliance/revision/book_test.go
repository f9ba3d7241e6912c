// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

var (
	ada   = audit.Actor{Name: "ada", Address: "192.0.2.7", Via: "page"}
	start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// settings is a document as an area may have it.
type settings struct {
	Zone  string            `json:"zone"`
	Hosts []string          `json:"hosts"`
	Users map[string]string `json:"users,omitempty"`
	Count int64             `json:"count"`
}

func newBook(t testing.TB) *Book {
	t.Helper()
	db, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "base.db"), []store.Migration{{Name: "revision", SQL: Schema1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return New(db, func() time.Time { return start })
}

func put(t testing.TB, b *Book, area string, doc any) int64 {
	t.Helper()
	rev, _, err := b.Put(context.Background(), ada, area, -1, doc, "test")
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func TestADocumentComesBack(t *testing.T) {
	b := newBook(t)
	got := settings{Zone: "as it was"}
	if rev, err := b.Current(t.Context(), "clock", &got); rev != 0 || err != nil || got.Zone != "as it was" {
		t.Errorf("never set: revision %d, %+v, %v", rev, got, err)
	}
	want := settings{Zone: "Europe/Rome <&>", Hosts: []string{"b", "a"}, Count: 1<<53 + 1}
	rev, changed, err := b.Put(t.Context(), ada, "clock", 0, want, "moved to Rome")
	if err != nil || !changed || rev == 0 {
		t.Fatalf("put: %d, %v, %v", rev, changed, err)
	}
	got = settings{}
	if have, err := b.Current(t.Context(), "clock", &got); have != rev || err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("came back as %+v from revision %d, %v", got, have, err)
	}
	r, err := b.Get(t.Context(), rev)
	if err != nil {
		t.Fatal(err)
	}
	if r.Area != "clock" || r.By != ada || !r.At.Equal(start) || r.Reason != "moved to Rome" || string(r.Before) != "null" || r.Reverts != 0 {
		t.Errorf("revision %+v", r)
	}
	if want := `{"count":9007199254740993,"hosts":["b","a"],"zone":"Europe/Rome <&>"}`; string(r.After) != want {
		t.Errorf("stored as %s, want %s", r.After, want)
	}
}

// A long reason is cut, and not through a letter.
func TestALongReason(t *testing.T) {
	b := newBook(t)
	rev, _, err := b.Put(t.Context(), ada, "clock", 0, settings{Zone: "UTC"}, "a"+strings.Repeat("ü", maxReason))
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Get(t.Context(), rev)
	if want := "a" + strings.Repeat("ü", (maxReason-1)/2) + "…"; err != nil || r.Reason != want {
		t.Errorf("%q, %v", r.Reason, err)
	}
}

func TestNoChangeIsNoRevision(t *testing.T) {
	b := newBook(t)
	first := put(t, b, "clock", settings{Zone: "UTC"})
	for name, doc := range map[string]any{
		"the same value": settings{Zone: "UTC"},
		"other spelling": json.RawMessage(` { "zone":"\u0055TC", "count":0,"hosts":null } `),
	} {
		rev, changed, err := b.Put(t.Context(), ada, "clock", first, doc, "again")
		if rev != first || changed || err != nil {
			t.Errorf("%s: revision %d, changed %v, %v", name, rev, changed, err)
		}
	}
	if list, _ := b.List(t.Context(), "clock", 0, 0); len(list) != 1 {
		t.Errorf("%d revisions, want 1", len(list))
	}
}

func TestAStaleChangeIsRefused(t *testing.T) {
	b := newBook(t)
	first := put(t, b, "clock", settings{Zone: "UTC"})
	second := put(t, b, "clock", settings{Zone: "Europe/Rome"})
	for _, base := range []int64{first, 0, second + 1} {
		if _, _, err := b.Put(t.Context(), ada, "clock", base, settings{Zone: "Asia/Tokyo"}, ""); !errors.Is(err, ErrStale) {
			t.Errorf("based on %d: %v", base, err)
		}
	}
	// Stale even if it changes nothing: what the person saw is not what is.
	if _, _, err := b.Put(t.Context(), ada, "clock", first, settings{Zone: "Europe/Rome"}, ""); !errors.Is(err, ErrStale) {
		t.Errorf("the same document on an old base: %v", err)
	}
	if _, changed, err := b.Put(t.Context(), ada, "clock", second, settings{Zone: "Asia/Tokyo"}, ""); !changed || err != nil {
		t.Errorf("based on the present: %v, %v", changed, err)
	}
}

func TestOfManyChangesOnOneBaseOneWins(t *testing.T) {
	b := newBook(t)
	base := put(t, b, "clock", settings{})
	var group sync.WaitGroup
	wins := make(chan int, 20)
	for i := range cap(wins) {
		group.Go(func() {
			_, changed, err := b.Put(t.Context(), ada, "clock", base, settings{Zone: fmt.Sprint(i)}, "")
			if changed {
				wins <- i
			} else if !errors.Is(err, ErrStale) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(wins) != 1 {
		t.Errorf("%d changes won, want 1", len(wins))
	}
}

func TestAreasAreApart(t *testing.T) {
	b := newBook(t)
	put(t, b, "clock", settings{Zone: "UTC"})
	mail := put(t, b, "mail", settings{Zone: "none"})
	last := put(t, b, "clock", settings{Zone: "Europe/Rome"})
	for area, want := range map[string]string{"clock": "3 1", "mail": "2", "": "3 2 1", "none": ""} {
		list, err := b.List(t.Context(), area, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range list {
			got = append(got, fmt.Sprint(r.ID))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("area %q: %v, want %s", area, got, want)
		}
	}
	if page, _ := b.List(t.Context(), "", last, 1); len(page) != 1 || page[0].ID != mail {
		t.Errorf("the page before %d: %+v", last, page)
	}
}

func TestPutWithinAWrite(t *testing.T) {
	b := newBook(t)
	stop := errors.New("second thoughts")
	err := b.db.Write(t.Context(), func(tx *sql.Tx) error {
		if _, changed, err := b.PutTx(t.Context(), tx, ada, "clock", 0, settings{Zone: "UTC"}, ""); !changed || err != nil {
			t.Errorf("put: %v, %v", changed, err)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if rev, err := b.Current(t.Context(), "clock", &settings{}); rev != 0 || err != nil {
		t.Errorf("after the write was abandoned: revision %d, %v", rev, err)
	}
}

func TestBadDocumentsAreRefused(t *testing.T) {
	b := newBook(t)
	for name, doc := range map[string]any{
		"not JSON":         json.RawMessage(`{"zone":`),
		"cannot be JSON":   func() {},
		"larger than life": strings.Repeat("a", maxDocument+1),
	} {
		if _, _, err := b.Put(t.Context(), ada, "clock", -1, doc, ""); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := b.Get(t.Context(), 1); !errors.Is(err, ErrNotFound) {
		t.Errorf("get of nothing: %v", err)
	}
}

func TestOnlyTheNewestRevisionsAreKept(t *testing.T) {
	b := newBook(t)
	other := put(t, b, "mail", settings{})
	first := put(t, b, "clock", settings{Count: -1})
	err := b.db.Write(t.Context(), func(tx *sql.Tx) error {
		for i := range keepRevisions {
			if _, _, err := b.PutTx(t.Context(), tx, ada, "clock", -1, settings{Count: int64(i)}, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := b.List(t.Context(), "clock", 0, 1000)
	if err != nil || len(list) != keepRevisions {
		t.Errorf("%d kept, %v", len(list), err)
	}
	if _, err := b.Get(t.Context(), first); !errors.Is(err, ErrNotFound) {
		t.Errorf("the oldest: %v", err)
	}
	if _, err := b.Get(t.Context(), other); err != nil {
		t.Errorf("another area lost its history: %v", err)
	}
}
