// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

var notes = []Migration{{Name: "notes", SQL: `
	CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
	CREATE TABLE tag (note INTEGER NOT NULL REFERENCES note(id), text TEXT NOT NULL) STRICT;`}}

func openNotes(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), path, notes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func insert(db *DB, text string) error {
	return db.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO note (text) VALUES (?)", text)
		return err
	})
}

func count(t *testing.T, db *DB) (n int) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM note").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEveryConnectionIsSetUp(t *testing.T) {
	db := openNotes(t, filepath.Join(t.TempDir(), "a.db"))
	want := map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1",
		"trusted_schema": "0", "busy_timeout": "5000", "cache_size": "-512", "temp_store": "2",
	}
	if n := db.write.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d writers at once, want 1", n)
	}
	for name, pool := range map[string]*sql.DB{"writer": db.write, "reader": db.read} {
		for pragma, value := range want {
			var got string
			if err := pool.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != value {
				t.Errorf("%s: %s is %s, want %s", name, pragma, got, value)
			}
		}
	}
}

func TestOnlyTheOwnerReadsTheFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := openNotes(t, path)
	if err := insert(db, "x"); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
	}
}

func TestPathsOfAllKinds(t *testing.T) {
	for _, name := range []string{"plain.db", "sp ace.db", "a?b#c%41.db", "ü&_x=1.db"} {
		path := filepath.Join(t.TempDir(), name)
		db := openNotes(t, path)
		if err := insert(db, name); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: not written at its own path: %v", name, err)
		}
	}
	t.Chdir(t.TempDir())
	db := openNotes(t, "relative.db")
	if err := insert(db, "x"); err != nil {
		t.Fatal(err)
	}
}

func TestAWriteIsWholeOrNothing(t *testing.T) {
	db := openNotes(t, filepath.Join(t.TempDir(), "a.db"))
	bad := errors.New("second thoughts")
	half := func(end func() error) func(*sql.Tx) error {
		return func(tx *sql.Tx) error {
			if _, err := tx.Exec("INSERT INTO note (text) VALUES ('half')"); err != nil {
				return err
			}
			return end()
		}
	}
	if err := db.Write(t.Context(), half(func() error { return bad })); !errors.Is(err, bad) {
		t.Errorf("the error of f is lost: %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic of f is lost")
			}
		}()
		_ = db.Write(t.Context(), half(func() error { panic("oh") }))
	}()
	ctx, cancel := context.WithCancel(t.Context())
	if err := db.Write(ctx, half(func() error { cancel(); return nil })); err == nil {
		t.Error("a write whose context ended was committed")
	}
	if n := count(t, db); n != 0 {
		t.Errorf("%d rows of abandoned writes remain", n)
	}
	if err := insert(db, "still writable"); err != nil {
		t.Error(err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	db := openNotes(t, filepath.Join(t.TempDir(), "a.db"))
	err := db.Read(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO note (text) VALUES ('sneaked')")
		return err
	})
	if err == nil {
		t.Error("a read transaction wrote")
	}
}

func TestAReaderSeesOneState(t *testing.T) {
	db := openNotes(t, filepath.Join(t.TempDir(), "a.db"))
	err := db.Read(t.Context(), func(tx *sql.Tx) error {
		var before, after int
		if err := tx.QueryRow("SELECT count(*) FROM note").Scan(&before); err != nil {
			return err
		}
		if err := insert(db, "meanwhile"); err != nil {
			return fmt.Errorf("a reader blocks the writer: %w", err)
		}
		if err := tx.QueryRow("SELECT count(*) FROM note").Scan(&after); err != nil {
			return err
		}
		if before != after {
			t.Errorf("saw %d rows, then %d", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestManyWritersLoseNothing(t *testing.T) {
	db := openNotes(t, filepath.Join(t.TempDir(), "a.db"))
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			for i := range 25 {
				if err := insert(db, fmt.Sprint(w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if n := count(t, db); n != 200 {
		t.Errorf("%d rows, want 200", n)
	}
}

// A second program on the file, such as a tool that looks after it, waits its
// turn as well: a write that begins with reading does not fail half way.
func TestTwoProgramsTakeTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	programs := [2]*DB{openNotes(t, path), openNotes(t, path)}
	next := func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM note").Scan(&n); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO note (id, text) VALUES (?, 'x')", n+1)
		return err
	}
	for range 50 {
		// Both at once, and then again: who waits does so for one write of the
		// other. One that never rested would keep it from its turn for as long as
		// its disk is slow.
		var group sync.WaitGroup
		for _, db := range programs {
			group.Go(func() {
				if err := db.Write(context.Background(), next); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
	if n := count(t, openNotes(t, path)); n != 100 {
		t.Errorf("%d rows, want 100", n)
	}
}

func TestReferencesHold(t *testing.T) {
	db := openNotes(t, filepath.Join(t.TempDir(), "a.db"))
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO tag (note, text) VALUES (7, 'of nothing')")
		return err
	})
	if err == nil {
		t.Error("a row that refers to nothing was accepted")
	}
}

func TestTimes(t *testing.T) {
	if got := FromTime(Time(time.Time{})); !got.IsZero() {
		t.Errorf("never came back as %v", got)
	}
	at := time.Date(2026, 2, 3, 4, 5, 6, 7_890_123, time.FixedZone("east", 3600))
	if got, want := FromTime(Time(at)), at.Truncate(time.Millisecond).UTC(); got != want {
		t.Errorf("%v came back as %v", at, got)
	}
}
