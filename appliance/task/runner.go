// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"understudy/appliance/store"
	"understudy/appliance/store/watch"
)

// Limits that keep a small box alive.
const (
	maxRunning = 16   // tasks at once; more wait in the queue
	maxWaiting = 100  // tasks in the queue; more are refused
	keepTasks  = 1000 // tasks kept; older ones that have ended are removed
)

// Errors that a page shows as they are.
var (
	ErrNotFound = errors.New("there is no such task: it may have been removed, as only the newest 1,000 are kept")
	ErrBusy     = errors.New("too many tasks are waiting: try again when some of them are done")
	ErrClosed   = errors.New("the appliance software is stopping: try again when it is back")
)

// Runner runs tasks and keeps them in a database. It is safe for concurrent
// use. A database has one runner at a time.
type Runner struct {
	// OnPanic is told of a task that panicked, with the stack that its page
	// does not show. It may be nil; set it before the first Submit.
	OnPanic func(t Task, value any, stack []byte)

	// Boot names this start of the machine and is kept with each task, so that
	// Recover's functions can tell a start of the machine from one of the
	// program. It may be empty; set it before the first Submit.
	Boot string

	db   *store.DB
	now  func() time.Time
	news watch.Hub[string]

	ctx    context.Context // of every task; ends with Close
	cancel context.CancelFunc
	group  sync.WaitGroup // goroutines of tasks

	mu      sync.Mutex
	closed  bool
	running int             // slots taken
	waiting []*job          // first come, first served
	jobs    map[string]*job // live tasks of this process, by id
	early   map[string]bool // tasks that entered before Recover was through, ended or not; nil after it
}

// New returns a runner that keeps its tasks in db, which has the tables of
// Schema1 and Schema2. Call Recover before the first Submit.
func New(db *store.DB, now func() time.Time) *Runner {
	ctx, cancel := context.WithCancel(context.Background())
	return &Runner{db: db, now: now, ctx: ctx, cancel: cancel, jobs: map[string]*job{}, early: map[string]bool{}}
}

// clock returns the time as the database keeps it.
func (r *Runner) clock() time.Time { return store.FromTime(store.Time(r.now())) }

// Live returns the tasks that are queued or running in this process, oldest
// first.
func (r *Runner) Live() []Task {
	r.mu.Lock()
	jobs := make([]*job, 0, len(r.jobs))
	for _, j := range r.jobs {
		jobs = append(jobs, j)
	}
	r.mu.Unlock()
	slices.SortFunc(jobs, func(a, b *job) int { return int(a.n - b.n) })
	live := make([]Task, 0, len(jobs))
	for _, j := range jobs {
		if t := j.snapshot(); t.State.Live() {
			live = append(live, t)
		}
	}
	return live
}

// Watch returns a channel of ids of tasks that changed. A slow reader hears of
// a task once, however often it changed. The channel is closed when ctx ends.
func (r *Runner) Watch(ctx context.Context) <-chan string {
	return r.news.Watch(ctx)
}

// Close ends the contexts of all tasks and waits until they have returned.
// What was not finished is stored as interrupted; a task that survives a
// restart is left to Recover. A task must not call it.
func (r *Runner) Close() {
	r.mu.Lock()
	r.closed = true
	waiting := r.waiting
	r.waiting = nil
	r.mu.Unlock()
	r.cancel()
	for _, j := range waiting {
		j.end(Interrupted, stopped, again)
	}
	r.group.Wait()
	r.mu.Lock()
	jobs := r.jobs
	r.jobs = map[string]*job{}
	r.mu.Unlock()
	for _, j := range jobs {
		j.retire()
	}
}

// job returns the live task with this id, or nil.
func (r *Runner) job(id string) *job {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.jobs[id]
}
