// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

func TestProgressOnlyGoesForward(t *testing.T) {
	r := newRunner(t)
	type seen struct{ phase, percent int }
	var got []seen
	task := submit(t, r, Spec{Phases: []string{"a", "b", "c"}, Run: func(_ context.Context, p *Progress) error {
		look := func() { got = append(got, seen{r.Live()[0].Phase, r.Live()[0].Percent}) }
		for _, step := range []seen{{1, 50}, {0, 20}, {9, 900}, {-3, -3}} {
			p.Phase(step.phase)
			p.Percent(step.percent)
			look()
		}
		return nil
	}})
	ended(t, r, task.ID)
	if want := "[{1 50} {1 50} {2 100} {2 100}]"; fmt.Sprint(got) != want {
		t.Errorf("saw %v, want %s", got, want)
	}
}

// The announced end counts until the task has run long and far enough for its
// own pace to tell; where nothing was announced, from then on there is one.
func TestTheExpectedEndFollowsTheProgress(t *testing.T) {
	began := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	announced := began.Add(10 * time.Minute)
	for name, c := range map[string]struct {
		percent int
		took    time.Duration
		want    time.Time
	}{
		"just begun":         {8, 2 * time.Second, announced},
		"a jump at once":     {25, time.Second, announced},
		"long, and not far":  {8, 2 * time.Minute, announced},
		"near its end":       {80, 26 * time.Second, began.Add(32500 * time.Millisecond)},
		"slower than usual":  {50, 20 * time.Minute, began.Add(40 * time.Minute)},
		"the clock was set":  {50, -time.Hour, announced},
		"nothing comes anew": {5, time.Hour, announced},
	} {
		task := Task{State: Running, Started: began, ExpectedEnd: announced, Percent: 5}
		task.advance(c.percent, began.Add(c.took))
		if !task.ExpectedEnd.Equal(c.want) || task.Percent != c.percent {
			t.Errorf("%s: at %d %% it ends at %v, want %v", name, task.Percent, task.ExpectedEnd, c.want)
		}
	}
	unknown := Task{State: Running, Started: began}
	unknown.advance(50, began.Add(time.Minute))
	if want := began.Add(2 * time.Minute); !unknown.ExpectedEnd.Equal(want) {
		t.Errorf("without an estimate it ends at %v, want %v", unknown.ExpectedEnd, want)
	}
}

func TestPhaseWithoutPhases(t *testing.T) {
	r := newRunner(t)
	task := submit(t, r, Spec{Run: func(_ context.Context, p *Progress) error { p.Phase(3); return nil }})
	if got := ended(t, r, task.ID); got.Phase != 0 {
		t.Errorf("phase %d of none", got.Phase)
	}
}

func TestLogsAreBounded(t *testing.T) {
	r := newRunner(t)
	lines := submit(t, r, Spec{Run: func(_ context.Context, p *Progress) error {
		for i := range 2 * maxLines {
			p.Log("line %d", i)
		}
		return nil
	}})
	bytes := submit(t, r, Spec{Run: func(_ context.Context, p *Progress) error {
		for range 2 * maxLog / maxLine {
			p.Log("%s", strings.Repeat("ü", maxLine))
		}
		return nil
	}})
	ended(t, r, lines.ID)
	got, err := r.Log(t.Context(), lines.ID, 0)
	if err != nil || len(got) != maxLines || got[maxLines-1].Text != logFull || got[maxLines-2].Text != fmt.Sprint("line ", maxLines-2) {
		t.Errorf("%d lines, %v", len(got), err)
	}
	ended(t, r, bytes.ID)
	got, err = r.Log(t.Context(), bytes.ID, 0)
	if err != nil || len(got) != maxLog/maxLine+1 && len(got) != maxLog/maxLine+2 || got[len(got)-1].Text != logFull {
		t.Errorf("%d lines of %d bytes, %v", len(got), len(got[0].Text), err)
	}
	for _, l := range got {
		if len(l.Text) > maxLine || !utf8.ValidString(l.Text) {
			t.Fatalf("a line of %d bytes, valid %v", len(l.Text), utf8.ValidString(l.Text))
		}
	}
}

func TestALineIsOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain":         "plain",
		"ends\r\n":      "ends",
		"two\nlines":    "two lines",
		"bad \xff byte": "bad \uFFFD byte",
		"\x1b[31mred":   " [31mred",
	} {
		if got := oneLine(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// Four saves a second, however much a task tells; and reading is up to date.
func TestProgressIsSavedWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, filepath.Join(t.TempDir(), "journal.db"))
		r := New(db, time.Now)
		more := make(chan struct{})
		task := submit(t, r, Spec{Run: func(_ context.Context, p *Progress) error {
			for i := range 50 {
				p.Percent(i)
				p.Log("at %d", i)
			}
			<-more
			return nil
		}})
		synctest.Wait()
		other := New(db, time.Now)
		look := func(r *Runner) (percent, lines int) {
			got, err := r.Get(t.Context(), task.ID)
			if err != nil {
				t.Fatal(err)
			}
			log, err := r.Log(t.Context(), task.ID, 0)
			if err != nil {
				t.Fatal(err)
			}
			return got.Percent, len(log)
		}
		if p, n := look(r); p != 49 || n != 50 {
			t.Errorf("at once: %d percent, %d lines, want 49 and 50", p, n)
		}
		if p, n := look(other); p != 0 || n != 0 {
			t.Errorf("on the disk at once: %d percent, %d lines: each step was saved by itself", p, n)
		}
		time.Sleep(saveEvery)
		synctest.Wait()
		if p, n := look(other); p != 49 || n != 50 {
			t.Errorf("on the disk after a while: %d percent, %d lines", p, n)
		}
		if p, n := look(r); p != 49 || n != 50 {
			t.Errorf("after the save: %d percent, %d lines", p, n)
		}
		close(more)
		r.Close()
		other.Close()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// A full disk must not leave a task running for ever.
func TestTheEndIsSavedWhenTheDiskIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, filepath.Join(t.TempDir(), "journal.db"))
		r := New(db, time.Now)
		exec := func(statement string) {
			t.Helper()
			if err := db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(statement); return err }); err != nil {
				t.Fatal(err)
			}
		}
		finish := make(chan struct{})
		task := submit(t, r, Spec{Run: func(_ context.Context, p *Progress) error {
			<-finish
			p.Log("the last words")
			return nil
		}})
		exec(`CREATE TRIGGER full BEFORE UPDATE ON task BEGIN SELECT RAISE(ABORT, 'no space'); END`)
		close(finish)
		synctest.Wait()
		if got, _ := r.Get(t.Context(), task.ID); got.State != Done {
			t.Errorf("in memory it is %s", got.State)
		}
		if len(r.Live()) != 0 {
			t.Error("an ended task counts as live")
		}
		exec(`DROP TRIGGER full`)
		time.Sleep(retryEvery)
		synctest.Wait()
		other := New(db, time.Now)
		got, _ := other.Get(t.Context(), task.ID)
		log, _ := other.Log(t.Context(), task.ID, 0)
		if got.State != Done || len(log) != 1 {
			t.Errorf("stored as %s with %d lines", got.State, len(log))
		}
		r.Close()
		other.Close()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// What a task tells while the disk is busy with what it told before.
func TestNothingIsLostDuringASave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, filepath.Join(t.TempDir(), "journal.db"))
		r := New(db, time.Now)
		more, release := make(chan struct{}), make(chan struct{})
		task := submit(t, r, Spec{Run: func(_ context.Context, p *Progress) error {
			p.Log("before")
			<-more
			p.Log("during")
			<-more
			return nil
		}})
		go func() {
			if err := db.Write(context.Background(), func(*sql.Tx) error { <-release; return nil }); err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(saveEvery)
		synctest.Wait() // the save of "before" waits for its turn
		more <- struct{}{}
		synctest.Wait()
		close(release)
		time.Sleep(saveEvery)
		synctest.Wait()
		other := New(db, time.Now)
		if log, err := other.Log(t.Context(), task.ID, 0); err != nil || len(log) != 2 || log[1].Text != "during" {
			t.Errorf("stored %+v, %v", log, err)
		}
		more <- struct{}{}
		r.Close()
		other.Close()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWorkThatGoesOnAfterItsTask(t *testing.T) {
	r := newRunner(t)
	var late *Progress
	task := submit(t, r, Spec{Run: func(_ context.Context, p *Progress) error { late = p; return nil }})
	before := ended(t, r, task.ID)
	late.Percent(5)
	late.Log("too late")
	late.Result("changed my mind")
	after, err := r.Get(t.Context(), task.ID)
	if err != nil || after.Result != before.Result {
		t.Errorf("changed to %+v, %v", after, err)
	}
	if late.j.changed || late.j.timer != nil {
		t.Error("it is still to be saved, which can never succeed")
	}
}
