// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/appliance/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

var opens = map[string]func(context.Context, string) (*store.DB, error){"base": OpenBase, "journal": OpenJournal}

func opened(t *testing.T, name, dir string) *store.DB {
	t.Helper()
	db, err := opens[name](t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// The whole schema as text. A change of it that is not a new migration at the
// end of a list would part the databases that are out there from the new ones.
func TestTheSchemaIsTheGoldenOne(t *testing.T) {
	for name := range opens {
		t.Run(name, func(t *testing.T) {
			got := dump(t, opened(t, name, t.TempDir()))
			golden := filepath.Join("testdata", name+".sql")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the schema differs from %s. If a migration was appended, run go test -update.\n%s", golden, got)
			}
		})
	}
}

func dump(t *testing.T, db *store.DB) string {
	t.Helper()
	var b strings.Builder
	err := db.Read(t.Context(), func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
			return err
		}
		fmt.Fprintf(&b, "-- version %d\n", version)
		rows, err := tx.Query(`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY instr('table index trigger', type), name`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			b.WriteString("\n" + s + ";\n")
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryTableIsStrict(t *testing.T) {
	for name := range opens {
		err := opened(t, name, t.TempDir()).Read(t.Context(), func(tx *sql.Tx) error {
			var loose sql.NullString
			err := tx.QueryRow(`SELECT group_concat(name) FROM pragma_table_list
				WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'`).Scan(&loose)
			if loose.String != "" {
				t.Errorf("%s: tables that are not STRICT: %s", name, loose.String)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenAgain(t *testing.T) {
	dir := t.TempDir()
	for name := range opens {
		if err := opened(t, name, dir).Close(); err != nil {
			t.Fatal(err)
		}
		opened(t, name, dir)
	}
	if copies, _ := filepath.Glob(filepath.Join(dir, "*.before-*")); len(copies) != 0 {
		t.Errorf("copied without a migration: %v", copies)
	}
}

func TestDamageIsTold(t *testing.T) {
	for name, open := range opens {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name+".db"), []byte(strings.Repeat("noise ", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t.Context(), dir); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
	}
}
