// SPDX-License-Identifier: Apache-2.0

package store

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestCopyTo(t *testing.T) {
	dir := t.TempDir()
	db := openNotes(t, filepath.Join(dir, "a.db"))
	add := func(text string) {
		t.Helper()
		if err := db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec("INSERT INTO note (text) VALUES (?)", text)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	add("before")
	to := filepath.Join(dir, "copy.db")
	if err := db.CopyTo(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	add("after")
	if err := db.CopyTo(t.Context(), to); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file that is there: %v", err)
	}
	copied := openNotes(t, to)
	var texts string
	err := copied.Read(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT group_concat(text) FROM note").Scan(&texts)
	})
	if err != nil || texts != "before" {
		t.Errorf("the copy holds %q, %v", texts, err)
	}
	if err := db.CopyTo(t.Context(), filepath.Join(dir, "none", "copy.db")); err == nil {
		t.Error("copied into a directory that is not there")
	}
}
