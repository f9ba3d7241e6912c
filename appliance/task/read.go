// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"understudy/appliance/store"
)

// Get returns the task with this id as it is now, or ErrNotFound.
func (r *Runner) Get(ctx context.Context, id string) (Task, error) {
	if j := r.job(id); j != nil {
		return j.snapshot(), nil
	}
	var found row
	err := r.db.Read(ctx, func(tx *sql.Tx) (err error) {
		found, err = scanRow(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM task WHERE id = ?`, id).Scan)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Task{}, ErrNotFound
	}
	if err != nil {
		return Task{}, fmt.Errorf("read task %s: %w", id, err)
	}
	return found.Task, nil
}

// List returns the tasks that f chooses, newest first.
func (r *Runner) List(ctx context.Context, f Filter) ([]Task, error) {
	where, args := f.sql()
	var rows []row
	err := r.db.Read(ctx, func(tx *sql.Tx) (err error) {
		rows, err = queryRows(tx, `SELECT `+columns+` FROM task `+where+` ORDER BY n DESC LIMIT ?`, append(args, f.limit())...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	var tasks []Task
	for _, row := range rows {
		t := row.Task
		if j := r.job(t.ID); j != nil {
			t = j.snapshot()
		}
		if f.State == "" || t.State == f.State {
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

func (f Filter) sql() (where string, args []any) {
	var parts []string
	add := func(part string, value any) {
		parts = append(parts, part)
		args = append(args, value)
	}
	if f.State != "" {
		add("state = ?", f.State)
	}
	if f.Kind != "" {
		add("kind = ?", f.Kind)
	}
	if f.Before != "" {
		add("n < (SELECT n FROM task WHERE id = ?)", f.Before)
	}
	if len(parts) == 0 {
		return "", nil
	}
	return "WHERE " + strings.Join(parts, " AND "), args
}

func (f Filter) limit() int {
	if f.Limit <= 0 {
		return 100
	}
	return min(f.Limit, 1000)
}

// Log returns the lines of a task's log after line afterSeq, in order. A task
// that does not exist has an empty log.
func (r *Runner) Log(ctx context.Context, id string, afterSeq int64) ([]LogLine, error) {
	// First what is not saved yet: between the two, lines only move from there
	// to the database.
	var unsaved []LogLine
	if j := r.job(id); j != nil {
		unsaved = j.unsaved()
	}
	var lines []LogLine
	err := r.db.Read(ctx, func(tx *sql.Tx) (err error) {
		lines, err = savedLines(ctx, tx, id, afterSeq)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the log of task %s: %w", id, err)
	}
	last := afterSeq
	if len(lines) > 0 {
		last = lines[len(lines)-1].Seq
	}
	for _, l := range unsaved {
		if l.Seq > last {
			lines = append(lines, l)
		}
	}
	return lines, nil
}

func savedLines(ctx context.Context, tx *sql.Tx, id string, after int64) ([]LogLine, error) {
	rows, err := tx.QueryContext(ctx, `SELECT seq, at, text FROM task_log
		WHERE task = (SELECT n FROM task WHERE id = ?) AND seq > ? ORDER BY seq`, id, after)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var lines []LogLine
	for rows.Next() {
		var l LogLine
		var at int64
		if err := rows.Scan(&l.Seq, &at, &l.Text); err != nil {
			return nil, err
		}
		l.At = store.FromTime(at)
		lines = append(lines, l)
	}
	return lines, rows.Err()
}
