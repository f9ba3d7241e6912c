// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"testing"

	"understudy/appliance/task"
)

// The power goes after the task of an update is on the disk and before the
// update is: the task does not end as the update before it did.
func TestAnUpdateThatWasNotBegun(t *testing.T) {
	for name, fit := range map[string]error{"after one that is kept": nil, "after one that was rolled back": errors.New("its pages do not answer")} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, "uefi")
			b.mark("before")
			first := b.install(Choice{})
			b.fit = fit
			b.reboot()
			if fit != nil {
				b.restart()
				b.reboot()
			}
			before := b.end(first)
			past := b.state()

			next, _, err := b.tasks.Submit(t.Context(), ada, task.Spec{Kind: KindBase, Title: "Install Base Software 5.1.0", Key: key, Survives: true, Phases: basePhases,
				Run: func(ctx context.Context, _ *task.Progress) error { <-ctx.Done(); return ctx.Err() }})
			if err != nil {
				t.Fatal(err)
			}
			b.reboot()
			if end := b.end(next.ID); end.State != task.Failed || end.Error != notInPlace || end.Result != "" || end.NextStep != "Start it again." {
				t.Errorf("its task: %+v", end)
			}
			if again := b.end(first); again.State != before.State || b.state() != past {
				t.Errorf("the one before: %+v, %+v", again, b.state())
			}
			if err := b.Frozen(t.Context()); err != nil || b.holds.Load() != 0 {
				t.Errorf("frozen %v, %d holds", err, b.holds.Load())
			}
		})
	}
}

// A trial whose task is gone gets another one, which ends as the trial does,
// also after one more start.
func TestATrialWithoutItsTask(t *testing.T) {
	b := newBox(t, "uefi")
	b.mark("before")
	gone := b.install(Choice{})
	if err := b.tasks.Conclude(t.Context(), gone, "gone"); err != nil {
		t.Fatal(err)
	}
	b.fit = errHangs
	b.reboot()
	live := b.tasks.Live()
	if len(live) != 1 || live[0].ID == gone {
		t.Fatalf("tasks: %+v", live)
	}
	b.stop() // nobody asks any more
	b.fit = errors.New("its pages do not answer")
	b.boot()
	b.restart()
	if v := b.reboot(); v != "3.3.2" {
		t.Fatalf("it runs %s", v)
	}
	if end := b.end(live[0].ID); end.State != task.Failed || b.state().State != RolledBack || end.Error == notInPlace {
		t.Errorf("%+v, it is %s", end, b.state().State)
	}
}
