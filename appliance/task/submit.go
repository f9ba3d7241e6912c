// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"understudy/appliance/audit"
)

// Submit stores a task and starts it. It is on the disk, in its first phase,
// when Submit returns; ctx covers only that, not the run. When a task with the
// same key is live, that one is returned and created is false.
func (r *Runner) Submit(ctx context.Context, by audit.Actor, s Spec) (t Task, created bool, err error) {
	if s.Kind == "" || s.Title == "" || s.Run == nil {
		return Task{}, false, errors.New("submit a task: kind, title and something to run are needed")
	}
	s.Phases = slices.Clone(s.Phases)
	state, err := r.admit()
	if err != nil {
		return Task{}, false, err
	}
	defer r.group.Done()
	j := newJob(r, s, r.draft(by, s, state))
	live, err := r.insert(ctx, j)
	if err != nil || live != "" {
		r.release(state)
	}
	switch {
	case err != nil:
		return Task{}, false, fmt.Errorf("submit task %q: %w", s.Title, err)
	case live != "":
		t, err := r.Get(ctx, live)
		return t, false, err
	}
	t = j.snapshot()
	r.enter(j)
	r.news.Notify(t.ID)
	return t, true, nil
}

// admit takes a slot, or a place in the queue if none is free. It also enters
// the group that Close waits for.
func (r *Runner) admit() (State, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	state := Queued
	switch {
	case r.closed:
		return "", ErrClosed
	case r.running < maxRunning:
		r.running++
		state = Running
	case len(r.waiting) >= maxWaiting:
		return "", ErrBusy
	}
	r.group.Add(1)
	return state, nil
}

// release gives back a slot and starts who waits longest.
func (r *Runner) release(state State) {
	if state != Running {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running--
	for r.running < maxRunning && len(r.waiting) > 0 {
		j := r.waiting[0]
		r.waiting = r.waiting[1:]
		r.running++
		r.start(j)
	}
}

// enter makes a stored task live: it runs, or waits.
func (r *Runner) enter(j *job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jobs[j.id] = j
	if r.early != nil {
		r.early[j.id] = true
	}
	switch {
	case j.snapshot().State == Running:
		r.start(j)
	case r.closed: // Close has emptied the queue already
		r.group.Go(func() { j.end(Interrupted, stopped, again) })
	case r.running < maxRunning: // a slot became free meanwhile
		r.running++
		r.start(j)
	default:
		r.waiting = append(r.waiting, j)
	}
}

func (r *Runner) draft(by audit.Actor, s Spec, state State) Task {
	now := r.clock()
	t := Task{
		ID: strings.ToLower(rand.Text()[:16]), Kind: s.Kind, Title: s.Title, Key: s.Key, By: by,
		State: Queued, Phases: s.Phases, Created: now, Boot: r.Boot,
	}
	if state == Running {
		t.begin(now, s.Estimate)
	}
	return t
}

// insert stores the task of j. If its key is locked, it stores nothing and
// returns the id of the live task.
func (r *Runner) insert(ctx context.Context, j *job) (live string, err error) {
	err = r.db.Write(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRow(`SELECT id FROM task WHERE key = ? AND key <> '' AND state IN ('queued', 'running')`, j.spec.Key).Scan(&live)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if j.n, err = insertRow(tx, j.snapshot(), j.spec.Survives); err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM task WHERE state NOT IN ('queued', 'running')
			AND n <= (SELECT n FROM task ORDER BY n DESC LIMIT 1 OFFSET ?)`, keepTasks)
		return err
	})
	return live, err
}
