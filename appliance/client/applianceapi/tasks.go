// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Task is an action that takes longer than a request.
type Task struct {
	ID          string    `json:"id" doc:"Id of the task."`
	Kind        string    `json:"kind" doc:"What sort of task." example:"power.reboot"`
	Title       string    `json:"title" doc:"The task in a few words."`
	State       string    `json:"state" enum:"queued,running,done,failed,interrupted" doc:"Where it stands."`
	By          Actor     `json:"by" doc:"Who started it."`
	Phases      []string  `json:"phases" nullable:"false" doc:"Its phases, in order."`
	Phase       int       `json:"phase" doc:"The phase it is in, counted from 0."`
	Percent     int       `json:"percent" minimum:"0" maximum:"100" doc:"How much of the whole is done."`
	Created     time.Time `json:"created,omitzero" doc:"When it was asked for."`
	Started     time.Time `json:"started,omitzero" doc:"When it began."`
	Ended       time.Time `json:"ended,omitzero" doc:"When it ended."`
	ExpectedEnd time.Time `json:"expectedEnd,omitzero" doc:"When it should end."`
	Result      string    `json:"result,omitempty" doc:"What came of it."`
	Error       string    `json:"error,omitempty" doc:"Why it failed."`
	NextStep    string    `json:"nextStep,omitempty" doc:"What to do about it."`
}

// Live reports whether the task is still under way.
func (t Task) Live() bool { return t.State == "queued" || t.State == "running" }

// TaskLine is one line of a task's log.
type TaskLine struct {
	Seq  int64     `json:"seq" doc:"Number of the line."`
	At   time.Time `json:"at" doc:"When it was written."`
	Text string    `json:"text" doc:"The line."`
}

// TaskFilter selects tasks; the zero value selects the newest of all.
type TaskFilter struct {
	State  string
	Kind   string
	Limit  int
	Before string // id: tasks older than this one
}

// Tasks returns tasks, newest first.
func (c *Client) Tasks(ctx context.Context, f TaskFilter) (List[Task], error) {
	q := url.Values{}
	values(q).text("state", f.State)
	values(q).text("kind", f.Kind)
	values(q).text("before", f.Before)
	values(q).number("limit", int64(f.Limit))
	return call[List[Task]](ctx, c, http.MethodGet, "/tasks", q, nil)
}

// Task returns the task with the id.
func (c *Client) Task(ctx context.Context, id string) (Task, error) {
	return call[Task](ctx, c, http.MethodGet, "/tasks/"+segment(id), nil, nil)
}

// TaskLog returns the lines of a task's log that follow the one with the
// number after.
func (c *Client) TaskLog(ctx context.Context, id string, after int64) (List[TaskLine], error) {
	q := url.Values{}
	values(q).number("after", after)
	return call[List[TaskLine]](ctx, c, http.MethodGet, "/tasks/"+segment(id)+"/log", q, nil)
}
