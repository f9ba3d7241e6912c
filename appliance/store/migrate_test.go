// SPDX-License-Identifier: Apache-2.0

package store

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

var second = append(notes[:1:1], Migration{Name: "colour", SQL: `ALTER TABLE note ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey';`})

func TestMigrationKeepsRowsAndACopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := openNotes(t, path)
	if err := insert(db, "old"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if copies, _ := filepath.Glob(path + ".before-*"); len(copies) != 0 {
		t.Errorf("an empty database was copied: %v", copies)
	}

	db, err := Open(t.Context(), path, second)
	if err != nil {
		t.Fatal(err)
	}
	var colour string
	err = db.Read(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT colour FROM note WHERE text = 'old'").Scan(&colour)
	})
	if err != nil || colour != "grey" {
		t.Errorf("the old row has colour %q, %v", colour, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	before := openNotes(t, path+".before-2")
	if n := count(t, before); n != 1 {
		t.Errorf("the copy holds %d rows, want 1", n)
	}
	if info, err := os.Stat(before.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v", info.Mode(), err)
	}
}

func TestOnlyTheLastCopyIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	third := append(second[:2:2], Migration{Name: "third", SQL: `CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;`})
	for _, list := range [][]Migration{notes, second, third, third} {
		db, err := Open(t.Context(), path, list)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	copies, _ := filepath.Glob(path + ".before-*")
	if len(copies) != 1 || copies[0] != path+".before-3" {
		t.Errorf("copies %v, want only before-3", copies)
	}
}

func TestAMigrationThatFailsChangesNothing(t *testing.T) {
	for name, step := range map[string]string{
		"bad statement":   `CREATE TABLE fine (id INTEGER PRIMARY KEY) STRICT; CREATE NONSENSE;`,
		"loose reference": `PRAGMA defer_foreign_keys=ON; DROP TABLE note; CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.db")
			db := openNotes(t, path)
			err := db.Write(t.Context(), func(tx *sql.Tx) error {
				_, err := tx.Exec("INSERT INTO note VALUES (1, 'a'); INSERT INTO tag VALUES (1, 'b');")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(t.Context(), path, append(notes[:1:1], Migration{Name: "bad", SQL: step})); err == nil {
				t.Fatal("opened")
			}
			if n := count(t, openNotes(t, path)); n != 1 {
				t.Errorf("%d rows after a failed migration, want 1", n)
			}
		})
	}
}

func TestAnUnfinishedCopyIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	if err := openNotes(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".before-2.part", []byte("half a copy, then the power went"), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), path, second)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".before-2.part"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the unfinished copy is still there: %v", err)
	}
}

func TestANewerDatabaseIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := Open(t.Context(), path, second)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, notes); !errors.Is(err, ErrNewer) {
		t.Errorf("got %v, want ErrNewer", err)
	}
}

func TestASharedDatabaseOfALaterReleaseIsOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	for i, list := range [][]Migration{notes, second, notes, second} {
		db, err := OpenShared(t.Context(), path, list)
		if err != nil {
			t.Fatal(err)
		}
		if err := insert(db, "row"); err != nil {
			t.Errorf("release %d cannot write: %v", i, err)
		}
		if n := count(t, db); n != i+1 {
			t.Errorf("release %d finds %d rows, want %d", i, n, i+1)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
