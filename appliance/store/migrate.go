// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Migration is one step of a schema. Its place in the list, from 1, is the
// schema version it leads to; a list is only ever appended to.
type Migration struct {
	Name string // for messages
	SQL  string // one or more statements
}

// ErrNewer says that a database was written by a later release of the
// software, whose tables this one does not know.
var ErrNewer = errors.New("the database was written by a newer release: install that release again, or restore a backup made before it")

// migrate brings the database from its version to the end of the list, in one
// transaction: after a power cut it is at the old version or at the new one. One
// that is beyond the list is left as it is, and is an error unless newer allows
// it.
func migrate(ctx context.Context, db *sql.DB, path string, list []Migration, newer bool) error {
	have, err := version(ctx, db)
	if err != nil {
		return err
	}
	switch {
	case have < 0:
		return fmt.Errorf("%w: its schema version is %d", ErrDamaged, have)
	case have > len(list) && newer:
		return nil
	case have > len(list):
		return fmt.Errorf("%w (its schema is %d, this release knows %d)", ErrNewer, have, len(list))
	case have == len(list):
		return nil
	case have > 0:
		if err := copyBefore(ctx, db, path, have+1); err != nil {
			return err
		}
	}
	return transact(ctx, db, "migrate", func(tx *sql.Tx) error {
		for i, m := range list[have:] {
			if _, err := tx.ExecContext(ctx, m.SQL); err != nil {
				return fmt.Errorf("migration %d (%s): %w", have+i+1, m.Name, err)
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version=%d", len(list)))
		return err
	})
}

func version(ctx context.Context, db *sql.DB) (int, error) {
	var v int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return 0, fmt.Errorf("read its schema version: %w", err)
	}
	return v, nil
}
