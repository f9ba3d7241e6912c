// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
)

// Recover ends the tasks that an earlier run of the program left queued or
// running; call it once. It leaves those alone that were submitted or resumed
// before. A task that survives a restart becomes done or failed by the function
// for its kind, one after the other; every other task becomes interrupted.
//
// When ctx ends during a function, its task is left for the next start.
func (r *Runner) Recover(ctx context.Context, byKind map[string]func(context.Context, Task) (result string, err error)) error {
	defer r.forgetEarly()
	var left []row
	err := r.db.Read(ctx, func(tx *sql.Tx) (err error) {
		left, err = queryRows(tx, `SELECT `+columns+` FROM task WHERE state IN ('queued', 'running') ORDER BY n`)
		return err
	})
	if err != nil {
		return fmt.Errorf("find tasks of the last run: %w", err)
	}
	for _, l := range left {
		if r.ours(l.ID) {
			continue // not of the last run, or gone on with
		}
		t := r.recovered(ctx, l, byKind[l.Kind])
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := r.db.Write(ctx, func(tx *sql.Tx) error { return updateRow(tx, l.n, t, nil) })
		if err != nil {
			return fmt.Errorf("end task %s of the last run: %w", l.ID, err)
		}
		r.news.Notify(l.ID)
	}
	return nil
}

// Conclude ends a task as done that an earlier run of the program left running,
// because its work turned out to be done; call it before Recover, which would
// call it interrupted. One that is not running, or not there, stays as it is.
func (r *Runner) Conclude(ctx context.Context, id, result string) error {
	err := r.db.Write(ctx, func(tx *sql.Tx) error {
		l, err := scanRow(tx.QueryRow(`SELECT `+columns+` FROM task WHERE id = ? AND state = 'running'`, id).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		l.finish(r.clock(), Done, "", "")
		l.Result, l.NextStep = oneLine(result), ""
		return updateRow(tx, l.n, l.Task, nil)
	})
	if err != nil {
		return fmt.Errorf("end task %s of the last run: %w", id, err)
	}
	r.news.Notify(id)
	return nil
}

// recovered returns the end of a task that the last run left behind.
func (r *Runner) recovered(ctx context.Context, l row, end func(context.Context, Task) (string, error)) Task {
	t := l.Task
	if !l.survives || t.State != Running || end == nil {
		t.finish(r.clock(), Interrupted, restarted, again)
		return t
	}
	result, err := r.guarded(ctx, t, end)
	switch {
	case errors.Is(err, errPanicked):
		t.finish(r.clock(), Failed, broke, report)
	case err != nil:
		t.finish(r.clock(), Failed, oneLine(err.Error()), "")
	default:
		t.finish(r.clock(), Done, "", "")
		if result != "" {
			t.Result = oneLine(result)
		}
	}
	return t
}

var errPanicked = errors.New("panicked")

func (r *Runner) guarded(ctx context.Context, t Task, end func(context.Context, Task) (string, error)) (result string, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errPanicked
			if r.OnPanic != nil {
				r.OnPanic(t, v, debug.Stack())
			}
		}
	}()
	return end(ctx, t)
}

// ours reports whether a task is or was run by this process.
func (r *Runner) ours(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.jobs[id] != nil || r.early[id]
}

func (r *Runner) forgetEarly() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.early = nil
}
