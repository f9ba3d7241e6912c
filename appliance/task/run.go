// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"errors"
	"runtime/debug"
	"time"
)

// What people read when a task ended without its own words.
const (
	stopped   = "The appliance software was stopped before this was finished."
	restarted = "The appliance restarted before this was finished."
	again     = "Start it again."
	broke     = "This ended by an internal error of the appliance software."
	report    = "Try again; if it happens again, report it together with this task's log."
)

// start runs j in its own goroutine. The caller holds r.mu and has taken a slot.
func (r *Runner) start(j *job) {
	r.group.Go(func() {
		defer r.release(Running)
		r.run(j)
	})
}

func (r *Runner) run(j *job) {
	if j.snapshot().State == Queued {
		j.change(func(t *Task) { t.begin(r.clock(), j.spec.Estimate) })
		j.save()
	}
	err, panicked := r.call(j)
	switch {
	case panicked:
		j.end(Failed, broke, report)
	case err == nil && j.spec.Survives && j.snapshot().Result == "", // the restart is under way
		r.ctx.Err() != nil && errors.Is(err, context.Canceled) && j.spec.Survives:
		j.save()
	case r.ctx.Err() != nil && errors.Is(err, context.Canceled) && j.resumed:
		j.save()
	case err == nil:
		j.end(Done, "", "")
	case r.ctx.Err() != nil && errors.Is(err, context.Canceled):
		j.end(Interrupted, stopped, again)
	default:
		j.end(Failed, oneLine(err.Error()), "")
	}
}

// call runs the work and keeps a panic in it from ending the program.
func (r *Runner) call(j *job) (err error, panicked bool) {
	defer func() {
		if v := recover(); v != nil {
			panicked = true
			if r.OnPanic != nil {
				r.OnPanic(j.snapshot(), v, debug.Stack())
			}
		}
	}()
	return j.spec.Run(r.ctx, &Progress{j}), false
}

// begin is the move from the queue to a slot.
func (t *Task) begin(now time.Time, estimate time.Duration) {
	if !t.move(Running) {
		return
	}
	t.Started = now
	if estimate > 0 {
		t.ExpectedEnd = now.Add(estimate)
	}
}

// end moves the task to a final state and stores it. next is what to do unless
// the task said so itself.
func (j *job) end(state State, failure, next string) {
	j.change(func(t *Task) { t.finish(j.r.clock(), state, failure, next) })
	j.save()
}

func (t *Task) finish(now time.Time, state State, failure, next string) {
	if !t.move(state) {
		return
	}
	t.Ended, t.Error = now, failure
	if t.NextStep == "" {
		t.NextStep = next
	}
	if state == Done {
		t.Percent, t.Phase = 100, max(0, len(t.Phases)-1)
	}
}
