// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"understudy/appliance/client/applianceapi"
)

// retryEvery is how long to wait before asking a box again that was away.
const retryEvery = 500 * time.Millisecond

// follower follows a task to its end, across lost connections and restarts of
// the box.
type follower struct {
	app      *app
	client   *applianceapi.Client
	patience time.Duration // longest time without an answer
	goodbye  bool          // the task ends with the box going away for good
	after    int64         // last log line seen
	last     applianceapi.Task
}

// follow prints the task until it ends. A task that did not succeed is an
// error with an exit code of its own.
func (f *follower) follow(ctx context.Context, id string) error {
	var away time.Time // since when the box does not answer
	for {
		seen := false
		err := f.client.FollowTask(ctx, id, f.after, func(e applianceapi.TaskEvent) error {
			seen = true
			f.see(e)
			return nil
		})
		if seen {
			away = time.Time{}
		}
		switch {
		case err == nil && f.last.State == "done":
			return nil
		case err == nil:
			return &codedError{exitTask, fmt.Errorf("the task %s %s", f.last.ID, f.last.State)}
		case !outage(err):
			return err
		}
		if away.IsZero() {
			away = time.Now()
			f.app.print.Note("%s does not answer; waiting for it, at most %v", f.client.URL(), f.patience)
		} else if f.goodbye {
			return nil // twice without an answer, after it was asked to go
		}
		if time.Since(away) > f.patience {
			return &codedError{exitUnreachable, fmt.Errorf("no answer for %v: look at the appliance's console", f.patience)}
		}
		f.client.Close()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retryEvery):
		}
	}
}

func (f *follower) see(e applianceapi.TaskEvent) {
	if e.Line != nil {
		f.after = e.Line.Seq
		f.app.print.Line(*e.Line)
		return
	}
	f.last = *e.Task
	f.app.print.Task(f.last)
}

// outage reports whether err is what a box says, or fails to say, while it
// goes down and comes up.
func outage(err error) bool {
	var gone *applianceapi.UnreachableError
	return errors.As(err, &gone) || applianceapi.StatusOf(err) >= 500
}
