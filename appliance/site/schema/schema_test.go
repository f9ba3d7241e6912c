// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"database/sql"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"understudy/appliance/store"
)

// A table that nobody declared would be missing in every backup, or leak into
// one.
func TestEveryTableIsDeclared(t *testing.T) {
	db, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	there := map[string]bool{}
	err = db.Read(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var strict bool
			if err := rows.Scan(&name, &strict); err != nil {
				return err
			}
			there[name] = true
			if !strict {
				t.Errorf("%s is not STRICT", name)
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range there {
		if s, ok := ShareOf(name); !ok || !slices.Contains([]Share{Config, Record, Local}, s) {
			t.Errorf("%s is declared as %q", name, s)
		}
	}
	for name := range maps.Keys(shares) {
		if !there[name] {
			t.Errorf("%s is declared and does not exist", name)
		}
	}
}

func TestOpenAgain(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		db, err := Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDamageIsTold(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(Path(dir), []byte(strings.Repeat("noise ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("%v, want ErrDamaged", err)
	}
}
