// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"database/sql"
	"fmt"
)

// Resume goes on with the task of a kind that an earlier run of the program
// left running and that survives a restart: with what it has reached and
// logged, under the same key. It is done when run returns nil. Call it before
// Recover, which then leaves the task alone; found is false if there is none.
//
// If the program ends during run, the task is found again at the next start.
func (r *Runner) Resume(ctx context.Context, kind string, run func(context.Context, *Progress) error) (t Task, found bool, err error) {
	var left []row
	var log logLimit
	err = r.db.Read(ctx, func(tx *sql.Tx) (err error) {
		left, err = queryRows(tx, `SELECT `+columns+` FROM task WHERE kind = ? AND state = 'running' AND survives ORDER BY n DESC LIMIT 1`, kind)
		if err != nil || len(left) == 0 {
			return err
		}
		return tx.QueryRow(`SELECT count(*), coalesce(sum(length(CAST(text AS BLOB))), 0) FROM task_log WHERE task = ?`, left[0].n).Scan(&log.lines, &log.bytes)
	})
	if err != nil {
		return Task{}, false, fmt.Errorf("find the %s task of the last run: %w", kind, err)
	}
	if len(left) == 0 || r.job(left[0].ID) != nil {
		return Task{}, false, nil
	}
	j := newJob(r, Spec{Kind: kind, Title: left[0].Title, Key: left[0].Key, Run: run}, left[0].Task)
	j.n, j.log = left[0].n, log
	j.resumed = true
	if err := r.take(); err != nil {
		return Task{}, false, err
	}
	defer r.group.Done()
	t = j.snapshot() // as it is gone on with: once entered, it may end at any moment
	r.enter(j)
	r.news.Notify(j.id)
	return t, true, nil
}

// take takes a slot, whether or not one is free: the task had one before the
// restart.
func (r *Runner) take() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrClosed
	}
	r.running++
	r.group.Add(1)
	return nil
}
