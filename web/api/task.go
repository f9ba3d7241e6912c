// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"

	"understudy/appliance/client/applianceapi"
	"understudy/appliance/task"
	"understudy/web/gate"
)

func (a *API) taskOperations(b *builder) {
	add(b, operation{
		id: "listTasks", method: http.MethodGet, path: "/tasks", tag: "Tasks",
		summary: "Tasks, newest first", policy: gate.SignedIn, scope: "tasks:read",
	}, a.listTasks)
	add(b, operation{
		id: "getTask", method: http.MethodGet, path: "/tasks/{id}", tag: "Tasks",
		summary: "One task", policy: gate.SignedIn, scope: "tasks:read",
	}, a.getTask)
	add(b, operation{
		id: "getTaskLog", method: http.MethodGet, path: "/tasks/{id}/log", tag: "Tasks",
		summary: "Lines of a task's log", policy: gate.SignedIn, scope: "tasks:read",
	}, a.getTaskLog)
	add(b, operation{
		id: "followTask", method: http.MethodGet, path: "/tasks/{id}/events", tag: "Tasks",
		summary: "Follow a task as server-sent events",
		detail: "Events `line` hold a line of the log, events `task` the task whenever it changes; the stream ends with the task. " +
			"An event's id is the number of the last line: send it as `Last-Event-ID` or `after` to go on from there.",
		policy: gate.SignedIn, scope: "tasks:read", media: "text/event-stream", stream: true,
	}, a.followTask)
}

type taskFilter struct {
	Paging
	State  string `query:"state" enum:"queued,running,done,failed,interrupted" doc:"Only tasks in this state."`
	Kind   string `query:"kind" maxLength:"64" doc:"Only tasks of this kind."`
	Before string `query:"before" maxLength:"64" doc:"Only tasks older than the one with this id."`
}

func (a *API) listTasks(ctx context.Context, in *taskFilter) (*answer[applianceapi.List[applianceapi.Task]], error) {
	tasks, err := a.Tasks.List(ctx, task.Filter{State: task.State(in.State), Kind: in.Kind, Before: in.Before, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	return pageOf(tasks, in.Limit, taskOut, func(t task.Task) string { return t.ID }), nil
}

// ByTask names a task.
type ByTask struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the task."`
}

func (a *API) getTask(ctx context.Context, in *ByTask) (*answer[applianceapi.Task], error) {
	t, err := a.Tasks.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return body(taskOut(t)), nil
}

// TaskLog asks for lines of a task's log.
type TaskLog struct {
	ByTask
	After int64 `query:"after" minimum:"0" doc:"Only lines after the one with this number."`
}

func (a *API) getTaskLog(ctx context.Context, in *TaskLog) (*answer[applianceapi.List[applianceapi.TaskLine]], error) {
	if _, err := a.Tasks.Get(ctx, in.ID); err != nil {
		return nil, err
	}
	lines, err := a.Tasks.Log(ctx, in.ID, in.After)
	if err != nil {
		return nil, err
	}
	return listOf(lines, lineOut), nil
}

func taskOut(t task.Task) applianceapi.Task {
	return applianceapi.Task{
		ID: t.ID, Kind: t.Kind, Title: t.Title, State: string(t.State), By: actorOut(t.By),
		Phases: append([]string{}, t.Phases...), Phase: t.Phase, Percent: t.Percent,
		Created: t.Created, Started: t.Started, Ended: t.Ended, ExpectedEnd: t.ExpectedEnd,
		Result: t.Result, Error: t.Error, NextStep: t.NextStep,
	}
}

func lineOut(l task.LogLine) applianceapi.TaskLine {
	return applianceapi.TaskLine{Seq: l.Seq, At: l.At, Text: l.Text}
}
