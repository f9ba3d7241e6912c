// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// ErrDamaged says that a file is not a sound database: its header, a page or
// an index is wrong or cannot be read from the disk. Nothing was changed; the
// caller may offer a factory state.
var ErrDamaged = errors.New("the database is damaged")

// errDiskRead is SQLITE_IOERR_CORRUPTFS: the disk answered a read with an error.
var errDiskRead = sqlite3.ErrIoErr.Extend(33)

// quickCheck reads every page and checks its structure.
func quickCheck(ctx context.Context, db *sql.DB) error {
	var result string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result); err != nil {
		return fmt.Errorf("check its structure: %w", err)
	}
	if result != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, strings.Join(strings.Fields(result), " "))
	}
	return nil
}

// classify marks errors in which SQLite reports damage with ErrDamaged, also
// when it turns up long after Open.
func classify(err error) error {
	var s sqlite3.Error
	if !errors.As(err, &s) || errors.Is(err, ErrDamaged) {
		return err
	}
	unread := s.ExtendedCode == sqlite3.ErrIoErrRead || s.ExtendedCode == errDiskRead
	if unread || s.Code == sqlite3.ErrCorrupt || s.Code == sqlite3.ErrNotADB {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
