// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mattn/go-sqlite3"
)

func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.db")
	db := openNotes(t, path)
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		for range 200 {
			if _, err := tx.Exec("INSERT INTO note (text) VALUES (?)", strings.Repeat("lorem ", 50)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDamageIsTold(t *testing.T) {
	for name, harm := range map[string]func([]byte) []byte{
		"not a database": func([]byte) []byte { return []byte(strings.Repeat("hello, this is a letter\n", 99)) },
		"header zeroed":  func(b []byte) []byte { copy(b, make([]byte, 100)); return b },
		"cut in half":    func(b []byte) []byte { return b[:len(b)/2] },
		"a page of noise": func(b []byte) []byte {
			copy(b[3*4096:4*4096], bytes.Repeat([]byte{0xa5}, 4096))
			return b
		},
		"one wrong offset": func(b []byte) []byte { copy(b[4096+12:], "\xff\xff"); return b },
		"last page zeroed": func(b []byte) []byte { copy(b[len(b)-4096:], make([]byte, 4096)); return b },
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t)
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			bad := harm(good)
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, migrations := range [][]Migration{notes, second} {
				if _, err := Open(t.Context(), path, migrations); !errors.Is(err, ErrDamaged) {
					t.Fatalf("got %v, want ErrDamaged", err)
				}
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(after, bad) {
				t.Errorf("the damaged file was changed (%v)", err)
			}
			if copies, _ := filepath.Glob(path + ".before-*"); len(copies) != 0 {
				t.Errorf("a damaged database was copied to %v", copies)
			}
		})
	}
}

// A version below none is not one that a migration wrote.
func TestImpossibleVersionIsDamage(t *testing.T) {
	path := filled(t)
	db := openNotes(t, path)
	if _, err := db.write.ExecContext(t.Context(), "PRAGMA user_version=-2147483647"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(context.Context, string, []Migration) (*DB, error){"Open": Open, "OpenShared": OpenShared} {
		if _, err := open(t.Context(), path, notes); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
	}
}

func TestDamageThatTurnsUpLaterIsTold(t *testing.T) {
	path := filled(t)
	db := openNotes(t, path)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(b[2*4096:], bytes.Repeat([]byte{0xa5}, len(b)-2*4096))
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	err = db.Read(context.Background(), func(tx *sql.Tx) error {
		var n int
		return tx.QueryRow("SELECT count(*) FROM note WHERE text LIKE '%amet%'").Scan(&n)
	})
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

// A disk that cannot read a page any more leaves no sound database either; one
// that is full does.
func TestUnreadablePagesAreDamage(t *testing.T) {
	for _, c := range []struct {
		name    string
		code    sqlite3.ErrNoExtended
		damaged bool
	}{
		{"a read that fails", sqlite3.ErrIoErrRead, true},
		{"a disk that reports an error", sqlite3.ErrIoErr.Extend(33), true}, // SQLITE_IOERR_CORRUPTFS
		{"a write that fails", sqlite3.ErrIoErrWrite, false},
		{"no room for the index of the log", sqlite3.ErrIoErrSHMSize, false},
	} {
		err := classify(fmt.Errorf("read: %w", sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: c.code}))
		if errors.Is(err, ErrDamaged) != c.damaged {
			t.Errorf("%s: %v, want damage: %v", c.name, err, c.damaged)
		}
	}
}

func TestOtherTroubleIsNotDamage(t *testing.T) {
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "none", "a.db"), notes); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("a directory that does not exist: %v", err)
	}
	if _, err := Open(t.Context(), t.TempDir(), notes); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("a directory in place of the file: %v", err)
	}
}
