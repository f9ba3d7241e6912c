// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

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

// openStores opens the databases in dir. Damaged ones are left as they are and
// others in instead take their place, so that there is a page which says so:
// nothing is thrown away before somebody asks for a factory state.
func openStores(ctx context.Context, dir, instead string) (stores, error) {
	s, err := openBoth(ctx, dir)
	if err == nil || !errors.Is(err, store.ErrDamaged) {
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

func openBoth(ctx context.Context, dir string) (stores, error) {
	base, err := schema.OpenBase(ctx, dir)
	if err != nil {
		return stores{}, err
	}
	journal, err := schema.OpenJournal(ctx, dir)
	if err != nil {
		return stores{}, errors.Join(err, base.Close())
	}
	return stores{base: base, journal: journal, dir: dir}, nil
}

func (s stores) close() error { return errors.Join(s.base.Close(), s.journal.Close()) }
