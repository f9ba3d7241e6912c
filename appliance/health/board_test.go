// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

var ada = audit.Actor{Name: "ada", Address: "192.0.2.7", Via: "page"}

func openBoard(t *testing.T, dir string) *Board {
	t.Helper()
	db, err := store.Open(context.Background(), filepath.Join(dir, "base.db"), []store.Migration{{Name: "health", SQL: Schema1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return New(db, time.Now)
}

func codes(b *Board) string {
	var list []string
	for _, w := range b.List() {
		list = append(list, w.Code)
	}
	return strings.Join(list, " ")
}

func TestTheWorstComesFirst(t *testing.T) {
	b := openBoard(t, t.TempDir())
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b.now = func() time.Time { at = at.Add(time.Minute); return at }
	for _, w := range []Warning{
		{Code: "old", Severity: Warn}, {Code: "hint", Severity: Info}, {Code: "new", Severity: Warn}, {Code: "fire", Severity: Critical},
	} {
		b.Set(w)
	}
	if got, want := codes(b), "fire old new hint"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAWarningKeepsItsAge(t *testing.T) {
	b := openBoard(t, t.TempDir())
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b.now = func() time.Time { at = at.Add(time.Minute); return at }
	b.Set(Warning{Code: "disk", Severity: Warn, Text: "90 percent full."})
	first := b.List()[0].Since
	b.Set(Warning{Code: "disk", Severity: Critical, Text: "99 percent full."})
	if w := b.List()[0]; !w.Since.Equal(first) || w.Text != "99 percent full." || w.Severity != Critical {
		t.Errorf("changed to %+v, since %v before", w, first)
	}
	b.Clear("disk")
	b.Set(Warning{Code: "disk"})
	if w := b.List()[0]; !w.Since.After(first) {
		t.Errorf("it healed and came back, and is since %v", w.Since)
	}
}

// A restart does not make a warning look new; what healed and comes back is new.
func TestAWarningKeepsItsAgeOverRestarts(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var journal *store.DB
	start := func() *Board {
		t.Helper()
		if journal != nil {
			_ = journal.Close()
		}
		var err error
		if journal, err = store.Open(t.Context(), filepath.Join(dir, "journal.db"), []store.Migration{{Name: "health", SQL: JournalSchema1}}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = journal.Close() })
		b := openBoard(t, dir)
		b.now = func() time.Time { at = at.Add(time.Minute); return at }
		if err := b.Remember(t.Context(), journal); err != nil {
			t.Fatal(err)
		}
		return b
	}
	since := func(b *Board) time.Time {
		b.Set(Warning{Code: "disk", Severity: Warn})
		return b.List()[0].Since
	}
	b := start()
	first := since(b)
	if b = start(); !since(b).Equal(first) {
		t.Errorf("after a restart it is since %v, want %v", since(b), first)
	}
	b.Clear("disk")
	if again := since(b); !again.After(first) {
		t.Errorf("it healed and came back, and is since %v", again)
	}
	b.Clear("disk")
	if b = start(); !since(b).After(first.Add(2 * time.Minute)) {
		t.Errorf("it healed before the restart, and is since %v", since(b))
	}
	last := since(b)
	b = start()
	b.Clear("disk") // the first look after the restart finds nothing
	if again := since(b); !again.After(last) {
		t.Errorf("it healed while the box was off, and is since %v", again)
	}
	at = at.Add(-24 * time.Hour) // the clock was ahead
	if b = start(); since(b).After(at) {
		t.Errorf("it is since %v, which is to come", since(b))
	}
}

func TestOverall(t *testing.T) {
	b := openBoard(t, t.TempDir())
	step := func(want Severity, wantOK bool) {
		t.Helper()
		if got, ok := b.Overall(); got != want || ok != wantOK {
			t.Errorf("%v, ok %v; want %v, ok %v", got, ok, want, wantOK)
		}
	}
	step(Info, true)
	b.Set(Warning{Code: "hint", Severity: Info})
	step(Info, true)
	b.Set(Warning{Code: "disk", Severity: Warn})
	step(Warn, false)
	b.Set(Warning{Code: "fire", Severity: Critical})
	step(Critical, false)
	for _, code := range []string{"fire", "disk"} {
		if err := b.Acknowledge(t.Context(), ada, code); err != nil {
			t.Fatal(err)
		}
	}
	step(Info, true)
	b.Clear("fire")
	b.Set(Warning{Code: "fire", Severity: Critical})
	step(Critical, false)
}

func TestAnAcknowledgementLastsUntilItClears(t *testing.T) {
	dir := t.TempDir()
	b := openBoard(t, dir)
	if err := b.Acknowledge(t.Context(), ada, "disk"); !errors.Is(err, ErrNotFound) {
		t.Errorf("acknowledged what is not there: %v", err)
	}
	b.Set(Warning{Code: "disk", Severity: Warn})
	if err := b.Acknowledge(t.Context(), ada, "disk"); err != nil {
		t.Fatal(err)
	}
	acknowledged := func(b *Board, want bool) {
		t.Helper()
		if w := b.List()[0]; w.Acknowledged != want || (w.AckBy == "ada") != want {
			t.Errorf("acknowledged %v by %q, want %v", w.Acknowledged, w.AckBy, want)
		}
	}
	b.Set(Warning{Code: "disk", Severity: Warn, Text: "still"})
	acknowledged(b, true)

	b = openBoard(t, dir) // a restart
	b.Set(Warning{Code: "disk", Severity: Warn})
	acknowledged(b, true)
	b.Clear("disk")
	b.Set(Warning{Code: "disk", Severity: Warn})
	acknowledged(b, false)

	b = openBoard(t, dir)
	b.Set(Warning{Code: "disk", Severity: Warn})
	acknowledged(b, false)
}

func TestTroubleWithStorageIsAWarning(t *testing.T) {
	b := openBoard(t, t.TempDir())
	b.Set(Warning{Code: "disk", Severity: Warn})
	if err := b.Acknowledge(t.Context(), ada, "disk"); err != nil {
		t.Fatal(err)
	}
	exec := func(statement string) {
		t.Helper()
		if err := b.db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(statement); return err }); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TRIGGER full BEFORE DELETE ON health_ack BEGIN SELECT RAISE(ABORT, 'no space'); END`)
	b.Clear("disk")
	if got := codes(b); got != CodeStorage {
		t.Errorf("on the board: %q", got)
	}
	exec(`DROP TRIGGER full`)
	b.Clear("disk")
	if got := codes(b); got != "" {
		t.Errorf("on the board: %q", got)
	}
}

// A warning that healed while the disk was full and comes back is news, whatever
// the table still says, also after a restart.
func TestAcknowledgedIsWhatDidNotHeal(t *testing.T) {
	dir := t.TempDir()
	b := openBoard(t, dir)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b.now = func() time.Time { at = at.Add(time.Minute); return at }
	exec := func(statement string) {
		t.Helper()
		if err := b.db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(statement); return err }); err != nil {
			t.Fatal(err)
		}
	}
	one := func(code string) Warning {
		t.Helper()
		for _, w := range b.List() {
			if w.Code == code {
				return w
			}
		}
		t.Fatalf("%s is not on the board, but %q", code, codes(b))
		return Warning{}
	}
	b.Set(Warning{Code: "disk", Severity: Warn})
	if err := b.Acknowledge(t.Context(), ada, "disk"); err != nil {
		t.Fatal(err)
	}
	exec(`CREATE TRIGGER full BEFORE DELETE ON health_ack BEGIN SELECT RAISE(ABORT, 'no space'); END`)
	b.Clear("disk")
	since := one(CodeStorage).Since
	news := b.Watch(t.Context())
	b.Set(Warning{Code: "disk", Severity: Warn})
	if w := one("disk"); w.Acknowledged || w.AckBy != "" {
		t.Errorf("it came back and is %+v", w)
	}
	b.Clear("disk")
	if w := one(CodeStorage); !w.Since.Equal(since) {
		t.Errorf("the trouble with storage is since %v, and was since %v", w.Since, since)
	}
	b.Set(Warning{Code: "disk", Severity: Warn})
	<-news
	exec(`DROP TRIGGER full`)
	b.Set(Warning{Code: "disk", Severity: Warn})
	<-news // the trouble with storage is over
	if got := codes(b); got != "disk" {
		t.Errorf("on the board: %q", got)
	}
	b = openBoard(t, dir)
	b.Set(Warning{Code: "disk", Severity: Warn})
	if one("disk").Acknowledged {
		t.Error("acknowledged after a restart")
	}
}

func TestWatchersHearOfChangesOnly(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := openBoard(t, dir)
		ctx, cancel := context.WithCancel(t.Context())
		news := b.Watch(ctx)
		heard := func(want bool) {
			t.Helper()
			synctest.Wait()
			select {
			case <-news:
				if !want {
					t.Error("news of nothing")
				}
			default:
				if want {
					t.Error("no news")
				}
			}
		}
		b.Set(Warning{Code: "disk", Text: "full"})
		heard(true)
		b.Set(Warning{Code: "disk", Text: "full"})
		heard(false)
		b.Clear("disk")
		heard(true)
		b.Clear("disk")
		heard(false)
		cancel()
		if err := b.db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSeverityWords(t *testing.T) {
	for s, want := range map[Severity]string{Info: "info", Warn: "warning", Critical: "critical", 9: "severity 9"} {
		if s.String() != want {
			t.Errorf("%d is %q, want %q", int(s), s, want)
		}
	}
}
