// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/layout"
	"understudy/appliance/task"
)

func slotsRelease(version string) layout.Release { return slotstest.Release(version) }

// damage flips a byte in the middle of a file.
func damage(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The power goes before each change of the boot partition, one after the other.
// The box then boots the old version or the new one, and once it has settled
// the journal says which, the task has ended and nothing is on trial.
func TestThePowerGoesAtAnyStep(t *testing.T) { atAnyStep(t, cutAt) }

// A single change of the boot partition fails, one after the other, and the box
// goes on: nothing is left to be tried, and the next install succeeds.
func TestTheDiskFailsOnceAtAnyStep(t *testing.T) { atAnyStep(t, failAt) }

// atAnyStep runs do for one step after the other, until it is through before.
func atAnyStep(t *testing.T, do func(t *testing.T, firmware string, step int) (whole bool)) {
	for _, firmware := range firmwares {
		for step := 0; ; step++ {
			whole := false
			t.Run(fmt.Sprintf("%s, before step %d", firmware, step), func(t *testing.T) {
				whole = do(t, firmware, step)
			})
			if whole || t.Failed() {
				break
			}
		}
	}
}

// failAt reports whether the update was through before that step.
func failAt(t *testing.T, firmware string, step int) (whole bool) {
	b := newBox(t, firmware)
	b.mark("before")
	r := b.ready()
	steps := 0
	b.machine.Step = func(string) error {
		if steps++; steps == step+1 {
			return errDisk
		}
		return nil
	}
	if _, whole = b.installOrFail(r.ID); whole {
		return true
	}
	if u := b.state(); u.State != Failed || b.Frozen(t.Context()) != nil {
		t.Errorf("it is %s, frozen: %v", u.State, b.Frozen(t.Context()))
	}
	if v := b.reboot(); v != "3.3.2" {
		t.Errorf("the next start is of %s", v)
	}
	if got := b.results("Base Software 4.2.1"); got != "failed" {
		t.Errorf("the audit log says %q", got)
	}
	again := b.install(Choice{})
	if v := b.reboot(); v != "4.2.1" {
		t.Errorf("after another install it runs %s", v)
	}
	if end := b.end(again); end.State != task.Done {
		t.Errorf("another install: %+v", end)
	}
	return false
}

// cutAt reports whether the update was through before the power went.
func cutAt(t *testing.T, firmware string, cut int) (whole bool) {
	b := newBox(t, firmware)
	b.mark("before")
	r := b.ready()
	steps := 0
	b.machine.Step = func(string) error {
		if steps++; steps > cut {
			return errors.New("the power is off")
		}
		return nil
	}
	id, whole := b.installOrFail(r.ID)
	b.machine.Step = nil
	version := b.reboot()
	end := b.end(id)
	u := b.state()
	switch {
	case version == "4.2.1" && (u.State != Good || end.State != task.Done):
		t.Errorf("the new version runs, the update is %s, its task %s", u.State, end.State)
	case version == "3.3.2" && (u.State != Failed && u.State != RolledBack || end.State != task.Failed):
		t.Errorf("the old version runs, the update is %s, its task %s", u.State, end.State)
	}
	outcome := map[State]string{Good: "ok", Failed: "failed", RolledBack: "rolled back"}[u.State]
	if got := b.results("Base Software 4.2.1"); got != outcome {
		t.Errorf("it is %s, the audit log says %q", u.State, got)
	}
	if again := b.reboot(); again != version {
		t.Errorf("it runs %s, and after one more restart %s", version, again)
	}
	if got := b.results("Base Software 4.2.1"); got != outcome {
		t.Errorf("after one more restart the audit log says %q", got)
	}
	if b.marks() != "before" {
		t.Errorf("the configuration is %q", b.marks())
	}
	return whole
}

// installOrFail installs a package, up to the restart or the end of its task.
func (b *box) installOrFail(pkg string) (taskID string, whole bool) {
	b.t.Helper()
	started, _, err := b.installID(ada, pkg, Choice{})
	if err != nil {
		b.t.Fatal(err)
	}
	select {
	case <-b.restarts:
		return started.ID, true
	case <-ended(b, started.ID):
		return started.ID, false
	}
}

// ended is closed when a task has ended.
func ended(b *box, id string) <-chan struct{} {
	done := make(chan struct{})
	tasks, ctx := b.tasks, b.t.Context() // of this start: another may come before this has seen the end
	go func() {
		defer close(done)
		watch := tasks.Watch(ctx)
		for {
			if t, err := tasks.Get(ctx, id); err != nil || !t.State.Live() {
				return
			}
			<-watch
		}
	}()
	return done
}
