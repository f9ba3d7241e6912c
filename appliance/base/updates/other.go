// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
	"understudy/pkgstore/pack"
)

// Past is an update that was started, of whatever kind.
type Past struct {
	Kind     pack.Kind
	Name     string // of the package
	From, To string // versions; From is "" if nothing of the kind was installed
	State    State
	Reason   string // why it failed, was refused or rolled back, a sentence
	By, Task string
	Started  time.Time
	Changed  time.Time
}

// interrupted is said of an update whose program ended before it did.
const interrupted = "The appliance was restarted before it was installed; the software from before is still in place."

// History returns the newest updates, newest first.
func (s *Service) History(ctx context.Context) ([]Past, error) {
	return s.journal.past(ctx, `1`, 50)
}

// past lists updates for which a condition on the columns of Past holds.
func (j journal) past(ctx context.Context, which string, limit int, args ...any) (all []Past, err error) {
	err = j.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT kind, name, from_ver, to_ver, state, reason, by_name, task, started, changed FROM (
			SELECT 'base' AS kind, name, from_ver, to_ver, state, reason, by_name, task, started, changed, n, 1 AS person FROM update_base
			UNION ALL SELECT kind, name, from_ver, to_ver, state, reason, by_name, task, started, changed, n, person FROM update_other
			) WHERE `+which+` ORDER BY started DESC, n DESC LIMIT ?`, append(args, limit)...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var p Past
			var started, changed int64
			if err := rows.Scan(&p.Kind, &p.Name, &p.From, &p.To, &p.State, &p.Reason, &p.By, &p.Task, &started, &changed); err != nil {
				return err
			}
			p.Started, p.Changed = store.FromTime(started), store.FromTime(changed)
			all = append(all, p)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read the history of updates: %w", err)
	}
	return all, nil
}

// lastByPerson is the newest install of a kind that somebody asked for.
func (j journal) lastByPerson(ctx context.Context, kind pack.Kind) (p Past, found bool, err error) {
	list, err := j.past(ctx, `kind = ? AND state = ? AND person`, 1, string(kind), string(Good))
	if err != nil || len(list) == 0 {
		return p, false, err
	}
	return list[0], true, nil
}

// lastLicense is the newest add-on that was installed; Version "" for none.
func (j journal) lastLicense(ctx context.Context) (pack.Release, error) {
	r := pack.Release{Kind: pack.License}
	err := j.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT to_ver, to_tree FROM update_other WHERE kind = ? AND state = ? ORDER BY n DESC LIMIT 1`,
			string(pack.License), string(Good)).Scan(&r.Version, &r.Tree)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("read which licence add-on is installed: %w", err)
	}
	return r, nil
}

// beginOther writes down the start of an update that is not of the Base
// software.
func (j journal) beginOther(ctx context.Context, p Past, tree int, by audit.Actor) (n int64, err error) {
	err = j.db.Write(ctx, func(tx *sql.Tx) error {
		now := store.Time(j.now())
		result, err := tx.Exec(`INSERT INTO update_other (task, kind, name, from_ver, to_ver, to_tree, state, reason, by_name, person, started, changed)
			VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?)`,
			p.Task, string(p.Kind), p.Name, p.From, p.To, tree, string(Staging), by.Name, by.Via != audit.System.Via, now, now)
		if err != nil {
			return err
		}
		n, err = result.LastInsertId()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("write down the update to %s: %w", p.Name, err)
	}
	return n, nil
}

// endOther writes down how it ended.
func (j journal) endOther(ctx context.Context, n int64, s State, reason string) error {
	err := j.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE update_other SET state = ?, reason = ?, changed = ? WHERE n = ?`, string(s), reason, store.Time(j.now()), n)
		return err
	})
	if err != nil {
		return fmt.Errorf("write down how an update ended: %w", err)
	}
	return nil
}

// closeOthers ends, after a start, what an earlier one has left under way. What
// the record of the site names is installed, whatever came of its task; the
// rest is not.
func (s *Service) closeOthers(ctx context.Context) error {
	left, err := s.journal.unended(ctx)
	site, _ := s.Site.Current()
	for _, o := range left {
		outcome, state, reason := audit.OK, Good, ""
		if o.release != site.Release && o.release != s.Site.AddOn() {
			outcome, state, reason = audit.Failed, Failed, interrupted
		}
		err = errors.Join(err, s.record(ctx, o.name, outcome, reason), s.journal.endOther(ctx, o.n, state, reason))
	}
	if err == nil {
		err = s.finishOther(ctx)
	}
	if err != nil {
		return fmt.Errorf("end the updates that a restart has interrupted: %w", err)
	}
	return nil
}

// other is an update that is not of the Base software.
type other struct {
	n       int64
	name    string
	release pack.Release
}

// unended lists what is still under way, oldest first.
func (j journal) unended(ctx context.Context) (all []other, err error) {
	err = j.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT n, name, kind, to_ver, to_tree FROM update_other WHERE state = ? ORDER BY n`, string(Staging))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var o other
			if err := rows.Scan(&o.n, &o.name, &o.release.Kind, &o.release.Version, &o.release.Tree); err != nil {
				return err
			}
			all = append(all, o)
		}
		return rows.Err()
	})
	return all, err
}

// finishOther does for the newest update what the power may have kept its task
// from: if it was installed, its package goes and its task is done.
func (s *Service) finishOther(ctx context.Context) error {
	var r pack.Release
	var name, id string
	err := s.Journal.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT kind, to_ver, to_tree, name, task FROM update_other
			WHERE n = (SELECT max(n) FROM update_other) AND state = ?`, string(Good)).Scan(&r.Kind, &r.Version, &r.Tree, &name, &id)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(s.tidy(ctx, r), s.Tasks.Conclude(ctx, id, name+" is installed."))
}
