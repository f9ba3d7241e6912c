// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

const (
	saveEvery  = 250 * time.Millisecond // while a task makes progress
	retryEvery = time.Second            // when the database cannot be written
)

// job is a task that this process runs: its state to the moment, ahead of the
// database by at most saveEvery.
type job struct {
	r    *Runner
	spec Spec
	id   string
	n    int64 // of its row

	resumed bool // by Resume: what ends its run early leaves it to the next start

	saving sync.Mutex // one save at a time, so that rows go forward

	mu      sync.Mutex
	task    Task
	lines   []LogLine // not saved yet
	log     logLimit
	changed bool // since the last save
	timer   *time.Timer
}

func newJob(r *Runner, s Spec, t Task) *job {
	return &job{r: r, spec: s, id: t.ID, task: t}
}

func (j *job) snapshot() Task {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.task
}

// unsaved returns the log lines that the database does not have yet.
func (j *job) unsaved() []LogLine {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines[:len(j.lines):len(j.lines)]
}

// change alters the task and has it saved soon.
func (j *job) change(f func(t *Task)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.task.State.Live() {
		return // work that goes on after its task ended
	}
	f(&j.task)
	j.changed = true
	j.saveIn(saveEvery)
}

// saveIn plans a save unless one is planned. The caller holds j.mu.
func (j *job) saveIn(d time.Duration) {
	if j.timer == nil {
		j.timer = time.AfterFunc(d, j.save)
	}
}

// retire drops the plan to save: the runner is closed.
func (j *job) retire() {
	j.save()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.timer != nil {
		j.timer.Stop()
	}
}

// save brings the database up to the present. If that fails, it tries again
// until it works: the end of a task must not be lost to a full disk.
func (j *job) save() {
	j.saving.Lock()
	defer j.saving.Unlock()
	j.mu.Lock()
	if j.timer != nil {
		j.timer.Stop()
		j.timer = nil
	}
	changed, t, lines := j.changed, j.task, j.lines
	j.changed = false
	j.mu.Unlock()
	if !changed {
		return
	}
	err := j.r.db.Write(context.Background(), func(tx *sql.Tx) error {
		return updateRow(tx, j.n, t, lines)
	})
	j.mu.Lock()
	if err != nil {
		j.changed = true
		j.saveIn(retryEvery)
	} else {
		j.lines = j.lines[len(lines):]
	}
	j.mu.Unlock()
	if err == nil && !t.State.Live() {
		j.r.forget(j)
	}
	j.r.news.Notify(j.id)
}

// forget drops an ended task: from now on the database tells of it.
func (r *Runner) forget(j *job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.jobs, j.id)
}
