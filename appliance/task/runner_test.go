// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

var ada = audit.Actor{Name: "ada", Address: "192.0.2.7", Via: "page"}

func openDB(t testing.TB, path string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), path, []store.Migration{{Name: "task", SQL: Schema1}, {Name: "boot", SQL: Schema2}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func newRunner(t *testing.T) *Runner {
	t.Helper()
	r := New(openDB(t, filepath.Join(t.TempDir(), "journal.db")), time.Now)
	t.Cleanup(r.Close)
	return r
}

func submit(t *testing.T, r *Runner, s Spec) Task {
	t.Helper()
	if s.Kind == "" {
		s.Kind, s.Title = "test", "Test"
	}
	task, created, err := r.Submit(t.Context(), ada, s)
	if err != nil || !created {
		t.Fatalf("submit: created %v, %v", created, err)
	}
	return task
}

// patience is how long a test waits for what must come: only a failure needs it.
const patience = 5 * time.Minute

// ended waits until a task has ended and is told by the database alone.
func ended(t *testing.T, r *Runner, id string) Task {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	news := r.Watch(ctx)
	for {
		task, err := r.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if !task.State.Live() && r.job(id) == nil {
			return task
		}
		if _, open := <-news; !open {
			t.Fatalf("task %+v does not end", task)
		}
	}
}

func forever(ctx context.Context, _ *Progress) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestATaskIsStoredBeforeSubmitReturns(t *testing.T) {
	r := newRunner(t)
	task := submit(t, r, Spec{
		Kind: "update.install", Title: "Install", Key: "update", Phases: []string{"fetch", "check"},
		Estimate: time.Hour, Run: forever,
	})
	stored, err := New(r.db, time.Now).Get(t.Context(), task.ID) // another runner knows only the database
	if err != nil {
		t.Fatal(err)
	}
	if stored.State != Running || stored.Phase != 0 || stored.By != ada || stored.Title != "Install" || fmt.Sprint(stored.Phases) != "[fetch check]" {
		t.Errorf("stored %+v", stored)
	}
	if want := stored.Started.Add(time.Hour); !stored.ExpectedEnd.Equal(want) {
		t.Errorf("expected to end at %v, want %v", stored.ExpectedEnd, want)
	}
	if live := r.Live(); len(live) != 1 || live[0].ID != task.ID {
		t.Errorf("live: %+v", live)
	}
}

func TestASuccessIsKept(t *testing.T) {
	r := newRunner(t)
	task := submit(t, r, Spec{Phases: []string{"one", "two", "three"}, Run: func(_ context.Context, p *Progress) error {
		p.Phase(1)
		p.Percent(40)
		p.Log("copied %d files", 7)
		p.Log("and checked them")
		p.Result("7 files copied.")
		return nil
	}})
	got := ended(t, r, task.ID)
	if got.State != Done || got.Percent != 100 || got.Phase != 2 || got.Result != "7 files copied." || got.Error != "" || got.Ended.IsZero() {
		t.Errorf("ended as %+v", got)
	}
	lines, err := r.Log(t.Context(), task.ID, 0)
	if err != nil || len(lines) != 2 || lines[0].Text != "copied 7 files" || lines[1].Seq != 2 {
		t.Errorf("log %+v, %v", lines, err)
	}
	if rest, _ := r.Log(t.Context(), task.ID, 1); len(rest) != 1 {
		t.Errorf("after line 1: %+v", rest)
	}
	if len(r.Live()) != 0 {
		t.Errorf("still live: %+v", r.Live())
	}
}

func TestAFailureKeepsItsReasonAndLog(t *testing.T) {
	r := newRunner(t)
	task := submit(t, r, Spec{Run: func(_ context.Context, p *Progress) error {
		p.Percent(30)
		p.Log("asking the server")
		p.NextStep("Check the cable.")
		return errors.New("The server does not answer.")
	}})
	got := ended(t, r, task.ID)
	if got.State != Failed || got.Error != "The server does not answer." || got.NextStep != "Check the cable." || got.Percent != 30 {
		t.Errorf("ended as %+v", got)
	}
	if lines, _ := r.Log(t.Context(), task.ID, 0); len(lines) != 1 {
		t.Errorf("log %+v", lines)
	}
}

func TestAPanicEndsOnlyItsTask(t *testing.T) {
	r := newRunner(t)
	var value any
	var stack string
	r.OnPanic = func(_ Task, v any, s []byte) { value, stack = v, string(s) }
	task := submit(t, r, Spec{Run: func(context.Context, *Progress) error { panic("secret inside") }})
	got := ended(t, r, task.ID)
	if got.State != Failed || got.Error != broke || got.NextStep == "" || strings.Contains(fmt.Sprint(got), "secret inside") {
		t.Errorf("ended as %+v", got)
	}
	if value != "secret inside" || !strings.Contains(stack, "runner_test.go") {
		t.Errorf("the hook got %v and a stack of %d bytes", value, len(stack))
	}
}

func TestOneLiveTaskPerKey(t *testing.T) {
	r := newRunner(t)
	release := make(chan struct{})
	var runs, created atomic.Int32
	spec := Spec{Kind: "test", Title: "Test", Key: "box", Run: func(context.Context, *Progress) error {
		runs.Add(1)
		<-release
		return nil
	}}
	ids := make(chan string, 50)
	var group sync.WaitGroup
	for range cap(ids) {
		group.Go(func() {
			task, fresh, err := r.Submit(t.Context(), ada, spec)
			if err != nil {
				t.Error(err)
			}
			if fresh {
				created.Add(1)
			}
			ids <- task.ID
		})
	}
	group.Wait()
	first := <-ids
	for range cap(ids) - 1 {
		if id := <-ids; id != first {
			t.Fatalf("two tasks: %s and %s", first, id)
		}
	}
	close(release)
	ended(t, r, first)
	if runs.Load() != 1 || created.Load() != 1 {
		t.Errorf("ran %d times, created %d times", runs.Load(), created.Load())
	}
	if next := submit(t, r, spec); next.ID == first {
		t.Error("a key stays locked after its task")
	}
}

func TestTasksWithoutKeyRunSideBySide(t *testing.T) {
	r := newRunner(t)
	submit(t, r, Spec{Run: forever})
	submit(t, r, Spec{Run: forever})
	if n := len(r.Live()); n != 2 {
		t.Errorf("%d live, want 2", n)
	}
}

func TestBadSpecsAreRefused(t *testing.T) {
	r := newRunner(t)
	for _, s := range []Spec{{}, {Kind: "a", Title: "A"}, {Kind: "a", Run: forever}, {Title: "A", Run: forever}} {
		if _, _, err := r.Submit(t.Context(), ada, s); err == nil {
			t.Errorf("accepted %+v", s)
		}
	}
}

func TestAQueueFormsAndEnds(t *testing.T) {
	r := newRunner(t)
	gate := make(chan struct{})
	wait := func(ctx context.Context, _ *Progress) error {
		select {
		case <-gate:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for range maxRunning {
		submit(t, r, Spec{Run: wait})
	}
	queued := make([]Task, maxWaiting)
	for i := range queued {
		queued[i] = submit(t, r, Spec{Run: wait, Estimate: time.Minute})
		if queued[i].State != Queued || !queued[i].Started.IsZero() {
			t.Fatalf("submitted beyond the limit as %+v", queued[i])
		}
	}
	if _, _, err := r.Submit(t.Context(), ada, Spec{Kind: "a", Title: "A", Run: wait}); !errors.Is(err, ErrBusy) {
		t.Errorf("a full queue says %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	news := r.Watch(ctx) // from before the slot becomes free, so that no news is missed
	gate <- struct{}{}
	for first := queued[0]; first.State != Running || first.ExpectedEnd.IsZero(); first, _ = r.Get(ctx, first.ID) {
		if _, open := <-news; !open {
			t.Fatalf("nobody takes the free slot: %+v", first)
		}
	}
	if second, _ := r.Get(ctx, queued[1].ID); second.State != Queued {
		t.Errorf("one slot became free, and the second in the queue is %s", second.State)
	}
	close(gate)
	for _, q := range queued {
		if got := ended(t, r, q.ID); got.State != Done {
			t.Fatalf("ended as %+v", got)
		}
	}
}

func TestCloseInterrupts(t *testing.T) {
	r := newRunner(t)
	var ids []string
	for range maxRunning + 2 {
		ids = append(ids, submit(t, r, Spec{Run: forever}).ID)
	}
	r.Close()
	for _, id := range ids {
		got, err := r.Get(t.Context(), id)
		if err != nil || got.State != Interrupted || got.Error != stopped || got.NextStep != again {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if _, _, err := r.Submit(t.Context(), ada, Spec{Kind: "a", Title: "A", Run: forever}); !errors.Is(err, ErrClosed) {
		t.Errorf("submitted after Close: %v", err)
	}
}

func TestOnlyTheNewestTasksAreKept(t *testing.T) {
	r := newRunner(t)
	long := submit(t, r, Spec{Run: forever})
	err := r.db.Write(t.Context(), func(tx *sql.Tx) error {
		for i := range keepTasks + 50 {
			old := Task{ID: fmt.Sprint("old", i), Kind: "test", Title: "Old", State: Done}
			n, err := insertRow(tx, old, false)
			if err != nil {
				return err
			}
			if _, err := tx.Exec("INSERT INTO task_log VALUES (?, 1, 0, 'x')", n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	last := submit(t, r, Spec{Run: forever})
	var tasks, lines int
	err = r.db.Read(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT (SELECT count(*) FROM task), (SELECT count(*) FROM task_log)").Scan(&tasks, &lines)
	})
	// The newest thousand, and the live one that is older than all of them.
	if err != nil || tasks != keepTasks+1 || lines != keepTasks-1 {
		t.Errorf("%d tasks and %d log lines kept, %v", tasks, lines, err)
	}
	for _, id := range []string{long.ID, last.ID} {
		if _, err := r.Get(t.Context(), id); err != nil {
			t.Errorf("a live task is gone: %v", err)
		}
	}
	if _, err := r.Get(t.Context(), "old0"); !errors.Is(err, ErrNotFound) {
		t.Errorf("the oldest task: %v", err)
	}
}
