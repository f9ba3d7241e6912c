// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"understudy/appliance/store"
	"understudy/pkgstore/pack"
)

// BaseUpdate is one update of the Base software, as the journal has it.
type BaseUpdate struct {
	Task     string // id of its task
	Name     string // of the package: Base Software 3.3.2
	From, To pack.Release
	State    State
	Reason   string // why it was refused, rolled back or given up, a sentence
	By       string // who asked for it
	Started  time.Time
	Changed  time.Time

	n    int64
	boot string // in which it came to its state
}

// journal keeps updates of the Base software. Its methods return when what
// they say is on disk.
type journal struct {
	db   *store.DB
	boot string // the kernel's id of this boot
	now  func() time.Time
}

// begin writes down a new update.
func (j journal) begin(ctx context.Context, u BaseUpdate) (BaseUpdate, error) {
	u.State, u.Started, u.Changed, u.boot = Fetching, j.now(), j.now(), j.boot
	err := j.db.Write(ctx, func(tx *sql.Tx) error {
		result, err := tx.Exec(`INSERT INTO update_base (task, name, from_ver, from_tree, to_ver, to_tree, state, reason, by_name, boot, started, changed)
			VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?)`,
			u.Task, u.Name, u.From.Version, u.From.Tree, u.To.Version, u.To.Tree, u.State, u.By, u.boot, store.Time(u.Started), store.Time(u.Changed))
		if err != nil {
			return err
		}
		u.n, err = result.LastInsertId()
		return err
	})
	if err != nil {
		return u, fmt.Errorf("write down the update to %s: %w", u.Name, err)
	}
	return u, nil
}

// move takes an update on by an event.
func (j journal) move(ctx context.Context, u BaseUpdate, e Event, reason string) (BaseUpdate, error) {
	to, err := u.State.next(e)
	if err != nil {
		return u, err
	}
	next := u
	next.State, next.Changed, next.boot = to, j.now(), j.boot
	if reason != "" {
		next.Reason = reason
	}
	if to == Good {
		next.Reason = "" // that of a refusal which the loader does not know of
	}
	err = j.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE update_base SET state = ?, reason = ?, boot = ?, changed = ? WHERE n = ?`, next.State, next.Reason, next.boot, store.Time(next.Changed), u.n)
		if err == nil && (u.State != Proving && to == Proving || to == Good) {
			// What was installed again has got its chance, or what was refused is kept.
			_, err = tx.Exec(`DELETE FROM update_bad WHERE version = ? AND tree = ?`, u.To.Version, u.To.Tree)
		}
		if err == nil && (to == RolledBack || to == Refused) {
			_, err = tx.Exec(`INSERT OR REPLACE INTO update_bad (version, tree, at, reason) VALUES (?, ?, ?, ?)`,
				u.To.Version, u.To.Tree, store.Time(next.Changed), next.Reason)
		}
		return err
	})
	if err != nil {
		return u, fmt.Errorf("write down that the update to %s is %s: %w", u.Name, to, err)
	}
	return next, nil
}

// adopt gives an update another task, in place of one that is gone.
func (j journal) adopt(ctx context.Context, u BaseUpdate, task string) error {
	err := j.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE update_base SET task = ? WHERE n = ?`, task, u.n)
		return err
	})
	if err != nil {
		return fmt.Errorf("write down the task of the update to %s: %w", u.Name, err)
	}
	return nil
}

// last is the newest update; found is false if there was none.
func (j journal) last(ctx context.Context) (u BaseUpdate, found bool, err error) {
	list, err := j.list(ctx, 1)
	if err != nil || len(list) == 0 {
		return u, false, err
	}
	return list[0], true, nil
}

// list returns the newest updates, newest first.
func (j journal) list(ctx context.Context, limit int) (all []BaseUpdate, err error) {
	err = j.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT n, task, name, from_ver, from_tree, to_ver, to_tree, state, reason, by_name, boot, started, changed
			FROM update_base ORDER BY n DESC LIMIT ?`, limit)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			u := BaseUpdate{From: pack.Release{Kind: pack.Base}, To: pack.Release{Kind: pack.Base}}
			var started, changed int64
			if err := rows.Scan(&u.n, &u.Task, &u.Name, &u.From.Version, &u.From.Tree, &u.To.Version, &u.To.Tree,
				&u.State, &u.Reason, &u.By, &u.boot, &started, &changed); err != nil {
				return err
			}
			u.Started, u.Changed = store.FromTime(started), store.FromTime(changed)
			all = append(all, u)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read the journal of updates: %w", err)
	}
	return all, nil
}

// bad says why a version was refused before; empty if it was not.
func (j journal) bad(ctx context.Context, r pack.Release) (reason string, err error) {
	err = j.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT reason FROM update_bad WHERE version = ? AND tree = ?`, r.Version, r.Tree).Scan(&reason)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look for versions that did not work: %w", err)
	}
	return reason, nil
}
