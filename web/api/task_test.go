// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"understudy/appliance/audit"
	"understudy/appliance/client/applianceapi"
	"understudy/appliance/task"
	"understudy/web/api/apitest"
)

// slow submits a task that does one step for each value it gets, and fails if
// that is false.
func slow(t *testing.T, b *apitest.Box, key string) (task.Task, chan bool) {
	t.Helper()
	steps := make(chan bool)
	submitted, _, err := b.Services().Tasks.Submit(t.Context(), audit.System, task.Spec{
		Kind: "test.slow", Title: "Count", Key: key, Phases: []string{"One", "Two", "Three"},
		Run: func(ctx context.Context, p *task.Progress) error {
			for i := range 3 {
				select {
				case good := <-steps:
					if !good {
						p.NextStep("Try again.")
						return errors.New("it went wrong")
					}
				case <-ctx.Done():
					return ctx.Err()
				}
				p.Phase(i)
				p.Log("step %d", i)
			}
			p.Result("Counted.")
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return submitted, steps
}

func TestFollowTask(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	submitted, steps := slow(t, b, "")
	var lines []string
	var last applianceapi.Task
	go func() { steps <- true }()
	err := admin.FollowTask(t.Context(), submitted.ID, 0, func(e applianceapi.TaskEvent) error {
		if e.Task != nil {
			last = *e.Task
			return nil
		}
		lines = append(lines, e.Line.Text)
		if len(lines) < 3 {
			go func() { steps <- true }() // the next step, now that this one was seen
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"step 0", "step 1", "step 2"}; !slices.Equal(lines, want) || last.State != "done" || last.Result != "Counted." || last.Percent != 100 {
		t.Errorf("saw %q and at the end %+v", lines, last)
	}
	// Who comes late gets all of it, and who comes back what is new.
	for after, want := range map[int64]int{0: 3, 2: 1} {
		seen := 0
		err := admin.FollowTask(t.Context(), submitted.ID, after, func(e applianceapi.TaskEvent) error {
			if e.Line != nil {
				seen++
			}
			return nil
		})
		if err != nil || seen != want {
			t.Errorf("after line %d there are %d more, %v; want %d", after, seen, err, want)
		}
	}
}

func TestTaskList(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	var ids []string
	for range 3 {
		submitted, steps := slow(t, b, "")
		ids = append(ids, submitted.ID)
		steps <- false
		if err := admin.FollowTask(ctx, submitted.ID, 0, func(applianceapi.TaskEvent) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	slices.Reverse(ids)
	first := must[applianceapi.List[applianceapi.Task]](t)(admin.Tasks(ctx, applianceapi.TaskFilter{Kind: "test.slow", Limit: 2}))
	rest := must[applianceapi.List[applianceapi.Task]](t)(admin.Tasks(ctx, applianceapi.TaskFilter{Kind: "test.slow", Limit: 2, Before: first.Next}))
	var got []string
	for _, x := range append(first.Items, rest.Items...) {
		got = append(got, x.ID)
		if x.State != "failed" || x.Error == "" || x.NextStep == "" {
			t.Errorf("the failed task says %+v", x)
		}
	}
	if !slices.Equal(got, ids) || first.Next == "" || rest.Next != "" {
		t.Errorf("pages hold %v (next %q) and then next %q; want %v", got, first.Next, rest.Next, ids)
	}
	if list := must[applianceapi.List[applianceapi.Task]](t)(admin.Tasks(ctx, applianceapi.TaskFilter{Kind: "power.reboot"})); len(list.Items) != 0 {
		t.Errorf("there are tasks of another kind: %+v", list.Items)
	}
	_, err := admin.Task(ctx, "none")
	wantProblem(t, err, http.StatusNotFound, applianceapi.CodeNotFound)
	_, err = admin.TaskLog(ctx, "none", 0)
	wantProblem(t, err, http.StatusNotFound, applianceapi.CodeNotFound)
}
