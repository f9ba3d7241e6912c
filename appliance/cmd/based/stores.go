// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"understudy/appliance/account"
	"understudy/appliance/base/schema"
	"understudy/appliance/store"
)

// standIn holds the databases of a box whose own cannot be used. It is a
// tmpfs: what is written there is gone with the power.
const standIn = "/run/understudy/stand-in"

// stores are the databases, and where they lie.
type stores struct {
	base, journal *store.DB
	dir           string
	lost          string // a sentence if these are not the box's own
}

// errMissing says that what was stored once is gone. Repairing a file system
// may cost it any file, and a box that started from nothing would let anybody
// in with the first password.
var errMissing = errors.New("it was there once and is missing")

// openStores opens the databases in dir; inUse says that they were used
// before. Damaged ones are left as they are and others in instead take their
// place, so that there is a page which says so: nothing is thrown away before
// somebody asks for a factory state.
func openStores(ctx context.Context, dir, instead string, inUse bool) (stores, error) {
	s, err := openOwn(ctx, dir, inUse)
	if err == nil || !errors.Is(err, store.ErrDamaged) && !errors.Is(err, errMissing) {
		return s, err
	}
	cause := err
	if err := os.MkdirAll(instead, 0o700); err != nil {
		return stores{}, errors.Join(cause, fmt.Errorf("making a place for other databases: %w", err))
	}
	if s, err = openBoth(ctx, instead); err != nil {
		return stores{}, errors.Join(cause, err)
	}
	s.lost = fmt.Sprintf("The configuration and the records of this appliance are damaged and cannot be read (%v).", cause)
	return s, nil
}

// openOwn opens the databases of the box itself.
func openOwn(ctx context.Context, dir string, inUse bool) (stores, error) {
	if !inUse {
		return openBoth(ctx, dir)
	}
	for _, path := range []string{schema.BasePath(dir), schema.JournalPath(dir)} {
		// SQLite takes an empty file for a new database.
		if info, err := os.Stat(path); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
			return stores{}, fmt.Errorf("%s: %w", path, errMissing)
		}
	}
	s, err := openBoth(ctx, dir)
	if err != nil {
		return s, err
	}
	if some, err := account.Any(ctx, s.base); err != nil || !some {
		if err == nil {
			err = fmt.Errorf("the accounts: %w", errMissing)
		}
		return stores{}, errors.Join(err, s.close())
	}
	return s, nil
}

// openBoth opens both at once: each waits for the disk.
func openBoth(ctx context.Context, dir string) (stores, error) {
	s := stores{dir: dir}
	var baseErr, journalErr error
	var both sync.WaitGroup
	both.Go(func() { s.base, baseErr = schema.OpenBase(ctx, dir) })
	both.Go(func() { s.journal, journalErr = schema.OpenJournal(ctx, dir) })
	both.Wait()
	if err := errors.Join(baseErr, journalErr); err != nil {
		return stores{}, errors.Join(err, s.close())
	}
	return s, nil
}

func (s stores) close() error {
	var err error
	for _, db := range []*store.DB{s.base, s.journal} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}
