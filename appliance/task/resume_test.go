// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// resumed starts the program again and goes on with the task that a crash left.
func resumed(t *testing.T, path string, run func(context.Context, *Progress) error) (*Runner, Task, bool) {
	t.Helper()
	r := New(openDB(t, path), time.Now)
	t.Cleanup(r.Close)
	got, found, err := r.Resume(t.Context(), "reboot", run)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return r, got, found
}

func TestResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	before := New(openDB(t, path), time.Now)
	id := submit(t, before, Spec{Kind: "reboot", Title: "Reboot", Survives: true, Phases: []string{"Before", "After"}, Run: func(_ context.Context, p *Progress) error {
		p.Log("before the restart")
		p.Percent(40)
		return nil
	}}).ID
	before.Close()
	r, got, found := resumed(t, path, func(_ context.Context, p *Progress) error {
		p.Phase(1)
		p.Log("after the restart")
		p.Result("It is proven.")
		return nil
	})
	if !found || got.ID != id || got.Percent != 40 || got.State != Running {
		t.Fatalf("found %v: %+v", found, got)
	}
	end := ended(t, r, id)
	if end.State != Done || end.Result != "It is proven." || end.Phase != 1 {
		t.Errorf("%+v", end)
	}
	lines, err := r.Log(t.Context(), id, 0)
	if err != nil || len(lines) != 2 || lines[0].Seq != 1 || lines[1].Seq != 2 || lines[1].Text != "after the restart" {
		t.Errorf("log %+v, %v", lines, err)
	}
}

func TestAResumedTaskCanFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	id := crash(t, path, Spec{Survives: true})
	r, _, _ := resumed(t, path, func(context.Context, *Progress) error { return errors.New("the old version is back") })
	if end := ended(t, r, id); end.State != Failed || end.Error != "the old version is back" {
		t.Errorf("%+v", end)
	}
}

func TestATaskIsResumedAgainAndAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	id := crash(t, path, Spec{Survives: true})
	for range 2 {
		started := make(chan struct{})
		r, got, found := resumed(t, path, func(ctx context.Context, p *Progress) error {
			close(started)
			return forever(ctx, p)
		})
		if !found || got.ID != id {
			t.Fatalf("found %v: %+v", found, got)
		}
		<-started
		if _, created, err := r.Submit(t.Context(), ada, Spec{Kind: "reboot", Title: "Reboot", Key: "power", Run: forever}); err != nil || created {
			t.Errorf("its key is free (%v)", err)
		}
		r.Close()
	}
}

func TestNothingToResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	crash(t, path, Spec{Survives: false})
	if _, got, found := resumed(t, path, forever); found {
		t.Errorf("resumed %+v", got)
	}
}

// A task that goes on may end before Recover looks: it has its end then.
func TestAResumedTaskThatEndsAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	id := crash(t, path, Spec{Survives: true})
	r := New(openDB(t, path), time.Now)
	t.Cleanup(r.Close)
	hold := make(chan struct{})
	if _, _, err := r.Resume(t.Context(), "reboot", func(context.Context, *Progress) error { <-hold; return nil }); err != nil {
		t.Fatal(err)
	}
	defer close(hold)
	// As if it had ended between Recover's reading and its looking: what was
	// read says running, and there is no job any more.
	r.mu.Lock()
	delete(r.jobs, id)
	r.mu.Unlock()
	if err := r.Recover(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if got, err := r.Get(t.Context(), id); err != nil || got.State != Running {
		t.Errorf("Recover has made it %s (%v)", got.State, err)
	}
}
