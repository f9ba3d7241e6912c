// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// crash leaves the database as a power cut would: with a live task in it.
func crash(t *testing.T, path string, s Spec) (id string) {
	t.Helper()
	r := New(openDB(t, path), time.Now)
	t.Cleanup(r.Close)
	s.Kind, s.Title, s.Key = "reboot", "Reboot", "power"
	started := make(chan struct{})
	if s.Run == nil {
		s.Run = func(ctx context.Context, p *Progress) error { close(started); return forever(ctx, p) }
	} else {
		close(started)
	}
	id = submit(t, r, s).ID
	<-started
	return id
}

func TestRecover(t *testing.T) {
	says := func(result string, err error) func(context.Context, Task) (string, error) {
		return func(context.Context, Task) (string, error) { return result, err }
	}
	for name, c := range map[string]struct {
		survives bool
		end      func(context.Context, Task) (string, error)
		state    State
		result   string
		failure  string
		next     string
	}{
		"an ordinary task":               {false, says("unused", nil), Interrupted, "", restarted, again},
		"one that survives, and is fine": {true, says("Back after 20 seconds.", nil), Done, "Back after 20 seconds.", "", ""},
		"one that survives, and is not":  {true, says("", errors.New("The old version is back.")), Failed, "", "The old version is back.", ""},
		"one nobody knows":               {true, nil, Interrupted, "", restarted, again},
		"one whose end panics":           {true, func(context.Context, Task) (string, error) { panic("oh") }, Failed, "", broke, report},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			id := crash(t, path, Spec{Survives: c.survives})
			r := New(openDB(t, path), time.Now)
			t.Cleanup(r.Close)
			byKind := map[string]func(context.Context, Task) (string, error){}
			if c.end != nil {
				byKind["reboot"] = c.end
			}
			if err := r.Recover(t.Context(), byKind); err != nil {
				t.Fatal(err)
			}
			got, err := r.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if got.State != c.state || got.Result != c.result || got.Error != c.failure || got.NextStep != c.next || got.Ended.IsZero() {
				t.Errorf("recovered as %+v", got)
			}
			if next := submit(t, r, Spec{Key: "power", Run: forever}); next.ID == id {
				t.Error("the key is still locked")
			}
		})
	}
}

func TestATaskThatSurvivesIsLeftToRecover(t *testing.T) {
	for name, run := range map[string]func(context.Context, *Progress) error{
		"returned before the restart": func(context.Context, *Progress) error { return nil },
		"waited for the restart":      forever,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			r := New(openDB(t, path), time.Now)
			done := make(chan struct{})
			id := submit(t, r, Spec{Key: "power", Survives: true, Run: func(ctx context.Context, p *Progress) error {
				defer close(done)
				p.Percent(80)
				return run(ctx, p)
			}}).ID
			if name == "returned before the restart" {
				<-done
				if live := r.Live(); len(live) != 1 {
					t.Errorf("live before the restart: %+v", live)
				}
				if again, created, err := r.Submit(t.Context(), ada, Spec{Kind: "a", Title: "A", Key: "power", Run: forever}); created || again.ID != id {
					t.Errorf("submitted twice: %v %v", created, err)
				}
			}
			r.Close()
			got, err := New(r.db, time.Now).Get(t.Context(), id)
			if err != nil || got.State != Running || got.Percent != 80 {
				t.Errorf("after the program stopped: %+v, %v", got, err)
			}
		})
	}
}

func TestATaskThatSurvivesCanFailBefore(t *testing.T) {
	r := newRunner(t)
	task := submit(t, r, Spec{Survives: true, Run: func(context.Context, *Progress) error {
		return errors.New("The machine refuses.")
	}})
	if got := ended(t, r, task.ID); got.State != Failed {
		t.Errorf("ended as %+v", got)
	}
}

func TestATaskThatSurvivesCanSucceedBefore(t *testing.T) {
	r := newRunner(t)
	task := submit(t, r, Spec{Survives: true, Run: func(_ context.Context, p *Progress) error {
		p.Result("No restart was needed.")
		return nil
	}})
	if got := ended(t, r, task.ID); got.State != Done || got.Result != "No restart was needed." {
		t.Errorf("ended as %+v", got)
	}
}

func TestARecoveryThatIsCutOffComesAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	id := crash(t, path, Spec{Survives: true})
	r := New(openDB(t, path), time.Now)
	t.Cleanup(r.Close)
	ctx, cancel := context.WithCancel(t.Context())
	cut := func(ctx context.Context, _ Task) (string, error) { cancel(); return "", ctx.Err() }
	if err := r.Recover(ctx, map[string]func(context.Context, Task) (string, error){"reboot": cut}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if got, _ := r.Get(t.Context(), id); got.State != Running {
		t.Errorf("it is %s", got.State)
	}
}

func TestRecoverLeavesNewTasksAlone(t *testing.T) {
	r := newRunner(t)
	task := submit(t, r, Spec{Run: forever})
	if err := r.Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := New(r.db, time.Now).Get(t.Context(), task.ID); got.State != Running {
		t.Errorf("it is stored as %s", got.State)
	}
}

// What was submitted before Recover may end while that ends another one.
func TestANewTaskMayEndDuringRecover(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	crash(t, path, Spec{Survives: true})
	r := New(openDB(t, path), time.Now)
	t.Cleanup(r.Close)
	hold := make(chan struct{})
	task := submit(t, r, Spec{Run: func(context.Context, *Progress) error { <-hold; return nil }})
	err := r.Recover(t.Context(), map[string]func(context.Context, Task) (string, error){
		"reboot": func(context.Context, Task) (string, error) {
			close(hold)
			ended(t, r, task.ID)
			return "", nil
		},
	})
	if err != nil {
		t.Error(err)
	}
	if got, err := r.Get(t.Context(), task.ID); err != nil || got.State != Done {
		t.Errorf("it is %s, %v", got.State, err)
	}
}

// The work of a task was done and only its end is missing.
func TestConclude(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	id := crash(t, path, Spec{Phases: []string{"Before", "After"}})
	r := New(openDB(t, path), time.Now)
	t.Cleanup(r.Close)
	over := submit(t, r, Spec{Run: func(context.Context, *Progress) error { return errors.New("it broke") }}).ID
	ended(t, r, over)
	for _, id := range []string{id, over, "nobody"} {
		if err := r.Conclude(t.Context(), id, "It is installed."); err != nil {
			t.Error(err)
		}
	}
	if err := r.Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Get(t.Context(), id); err != nil || got.State != Done || got.Result != "It is installed." || got.Percent != 100 || got.NextStep != "" || got.Ended.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := r.Get(t.Context(), over); err != nil || got.State != Failed || got.Result != "" {
		t.Errorf("what was over became %+v, %v", got, err)
	}
}
