// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// readers is how many read transactions run at once. Each connection costs a
// page cache (see connection.go); the smallest box has 512 MiB.
const readers = 4

// DB is an open database. It is safe for concurrent use.
type DB struct {
	Path string // of the database file

	write *sql.DB // one connection: writers queue here, not on SQLITE_BUSY
	read  *sql.DB
}

// Open opens the database at path, making it if there is none, checks it and
// brings its schema up to the last of migrations.
//
// The error wraps ErrDamaged when the file is not a sound database, and
// ErrNewer when it was written by a later release; the file is left as it is.
func Open(ctx context.Context, path string, migrations []Migration) (*DB, error) {
	return openWith(ctx, path, migrations, false)
}

// OpenShared is Open for a database that an older release uses again after a
// later one. Its migrations only ever add: tables, and columns that have a
// default. So one that a later release wrote is opened as it is.
func OpenShared(ctx context.Context, path string, migrations []Migration) (*DB, error) {
	return openWith(ctx, path, migrations, true)
}

func openWith(ctx context.Context, path string, migrations []Migration, newer bool) (*DB, error) {
	if err := create(path); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db := &DB{Path: path, write: open(path, writer), read: open(path, reader)}
	db.write.SetMaxOpenConns(1)
	db.read.SetMaxOpenConns(readers)
	db.read.SetMaxIdleConns(2)
	db.read.SetConnMaxIdleTime(time.Minute)
	if err := db.prepare(ctx, migrations, newer); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, classify(err)), db.Close())
	}
	return db, nil
}

// prepare checks the file before it migrates it: a damaged database must not
// be copied over the last good copy.
func (db *DB) prepare(ctx context.Context, migrations []Migration, newer bool) error {
	if err := quickCheck(ctx, db.write); err != nil {
		return err
	}
	return migrate(ctx, db.write, db.Path, migrations, newer)
}

// Read runs f in a read transaction: f sees one state of the database,
// whatever is written meanwhile. A write inside f fails.
func (db *DB) Read(ctx context.Context, f func(*sql.Tx) error) error {
	return transact(ctx, db.read, "read", f)
}

// Write runs f in the write transaction and commits if f returns nil. Writers
// wait for each other, so f must be short and must not call Write of the same
// DB, which would wait for itself until ctx ends.
func (db *DB) Write(ctx context.Context, f func(*sql.Tx) error) error {
	return transact(ctx, db.write, "write", f)
}

// Close waits for running transactions, folds the write-ahead log into the
// database and closes it.
func (db *DB) Close() error {
	err := errors.Join(db.read.Close(), db.write.Close())
	if err != nil {
		return fmt.Errorf("close database %s: %w", db.Path, err)
	}
	return nil
}

func transact(ctx context.Context, pool *sql.DB, kind string, f func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin to %s: %w", kind, classify(err))
	}
	// After a commit this does nothing; it also ends the transaction of an f
	// that panics.
	defer func() { _ = tx.Rollback() }()
	if err := f(tx); err != nil {
		return classify(err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", classify(err))
	}
	return nil
}

// create makes an empty file that only its owner reads, if there is none;
// SQLite gives the write-ahead log the same mode. A file with something in it
// has its name on disk already.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if info.Size() > 0 {
		return nil
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes names created in dir survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
