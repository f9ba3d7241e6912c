// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// copyBefore writes the database as it is before migration n to
// <path>.before-<n>, whole or not at all, and removes older copies: one
// migration back is what a roll-back needs, more would fill a small disk.
func copyBefore(ctx context.Context, db *sql.DB, path string, n int) error {
	to := fmt.Sprintf("%s.before-%d", path, n)
	unfinished := to + ".part"
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("copy before migration %d: %w", n, err)
	}
	if err := vacuumInto(ctx, db, unfinished); err != nil {
		return errors.Join(fmt.Errorf("copy before migration %d: %w", n, err), os.Remove(unfinished))
	}
	if err := os.Rename(unfinished, to); err != nil {
		return fmt.Errorf("copy before migration %d: %w", n, err)
	}
	if err := removeOthers(path, to); err != nil {
		return fmt.Errorf("remove older copies: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// Copy writes the database as it is to file, whole or not at all; a file of
// that name is replaced. Reads and writes go on meanwhile: what is written
// after Copy began may be missing in the copy.
func (db *DB) Copy(ctx context.Context, file string) error {
	unfinished := file + ".part"
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("copy database %s: %w", db.Path, err)
	}
	// A connection of its own, so that no writer has to wait.
	own := open(db.Path, mode{begin: "deferred"})
	err := vacuumInto(ctx, own, unfinished)
	if err = errors.Join(err, own.Close()); err != nil {
		return errors.Join(fmt.Errorf("copy database %s: %w", db.Path, classify(err)), os.Remove(unfinished))
	}
	if err := os.Rename(unfinished, file); err != nil {
		return fmt.Errorf("copy database %s: %w", db.Path, err)
	}
	return syncDir(filepath.Dir(file))
}

// vacuumInto fills file and waits until it is on the disk. SQLite accepts a
// target that exists if it is empty; making it here gives it our mode.
func vacuumInto(ctx context.Context, db *sql.DB, file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", file)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func removeOthers(path, keep string) error {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if file == filepath.Clean(keep) || !strings.HasPrefix(e.Name(), filepath.Base(path)+".before-") {
			continue
		}
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}
