// SPDX-License-Identifier: Apache-2.0

package store

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
)

func TestCopyDoesNotKeepWritersWaiting(t *testing.T) {
	dir := t.TempDir()
	list := []Migration{{Name: "t", SQL: "CREATE TABLE t (n INTEGER) STRICT; INSERT INTO t VALUES (1);"}}
	db, err := Open(t.Context(), filepath.Join(dir, "a.db"), list)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	to := filepath.Join(dir, "b.db")
	for n := range 2 { // the second replaces the first
		err = db.Write(t.Context(), func(tx *sql.Tx) error {
			if err := db.Copy(t.Context(), to); err != nil {
				return err
			}
			_, err := tx.Exec("INSERT INTO t VALUES (2)")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		copied, err := Open(t.Context(), to, list)
		if err != nil {
			t.Fatal(err)
		}
		var rows int
		err = copied.Read(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow("SELECT count(*) FROM t").Scan(&rows) })
		if err = errors.Join(err, copied.Close()); err != nil || rows != n+1 {
			t.Errorf("copy %d holds %d rows (%v)", n, rows, err)
		}
	}
	if err := db.Copy(t.Context(), filepath.Join(dir, "missing", "b.db")); err == nil {
		t.Error("copied into a directory that is not there")
	}
}
