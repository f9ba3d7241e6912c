// SPDX-License-Identifier: Apache-2.0

package power

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/base/boot"
	"understudy/appliance/base/schema"
	"understudy/appliance/task"
)

var admin = audit.Actor{Name: "admin", Address: "192.0.2.1", Via: "page"}

// machine stands in for the supervisor, which would end the test's process.
type machine struct {
	asked chan boot.PowerKind
	fails error
	reset string
}

func (m *machine) Power(_ context.Context, kind boot.PowerKind, _ string) error {
	m.asked <- kind
	return m.fails
}

func (m *machine) FactoryReset(_ context.Context, reason string) error {
	m.reset = reason
	return m.fails
}

type box struct {
	*Service
	machine *machine
	tasks   *task.Runner
	log     *audit.Log
}

// newBox is the program in one start of the machine.
func newBox(t *testing.T, dir, bootID string) box {
	t.Helper()
	db, err := schema.OpenJournal(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	tasks, log := task.New(db, time.Now), audit.New(db, time.Now)
	tasks.Boot = bootID
	m := &machine{asked: make(chan boot.PowerKind, 4)}
	t.Cleanup(func() { tasks.Close(); db.Close() })
	return box{Service: New(tasks, log, m, time.Now), machine: m, tasks: tasks, log: log}
}

func TestRebootEndsAfterTheNextStart(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, dir, "one")
	first, created, err := b.Reboot(t.Context(), admin, "new memory")
	if err != nil || !created {
		t.Fatalf("reboot: created %v, %v", created, err)
	}
	if kind := <-b.machine.asked; kind != boot.Reboot {
		t.Fatalf("asked the machine for %q", kind)
	}
	second, created, err := b.Off(t.Context(), admin, "")
	if err != nil || created || second.ID != first.ID {
		t.Errorf("a second request gave task %s (created %v, %v), want the running %s", second.ID, created, err, first.ID)
	}
	b.tasks.Close()

	after := newBox(t, dir, "two")
	if err := after.tasks.Recover(t.Context(), after.Recoveries("two")); err != nil {
		t.Fatal(err)
	}
	got, err := after.tasks.Get(t.Context(), first.ID)
	if err != nil || got.State != task.Done || !strings.Contains(got.Result, "back in service") {
		t.Errorf("after the start the task is %s, %q, %v", got.State, got.Result, err)
	}
}

func TestOnlyTheProgramWasRestarted(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, dir, "one")
	left, _, err := b.Reboot(t.Context(), admin, "")
	if err != nil {
		t.Fatal(err)
	}
	<-b.machine.asked
	b.tasks.Close()

	after := newBox(t, dir, "one")
	if err := after.tasks.Recover(t.Context(), after.Recoveries("one")); err != nil {
		t.Fatal(err)
	}
	got, err := after.tasks.Get(t.Context(), left.ID)
	if err != nil || got.State != task.Failed || !strings.Contains(got.Error, "try again") {
		t.Errorf("a restart that never happened is %s, %q, %v", got.State, got.Error, err)
	}
}

// A machine whose clock has no battery comes back in the past.
func TestSwitchedOnWithoutAClock(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, dir, "one")
	off, _, err := b.Off(t.Context(), admin, "")
	if err != nil {
		t.Fatal(err)
	}
	<-b.machine.asked
	b.tasks.Close()

	after := newBox(t, dir, "two")
	after.now = func() time.Time { return time.Now().AddDate(-1, 0, 0) }
	if err := after.tasks.Recover(t.Context(), after.Recoveries("two")); err != nil {
		t.Fatal(err)
	}
	got, err := after.tasks.Get(t.Context(), off.ID)
	if err != nil || got.State != task.Done || got.Result != "The appliance was switched on again." {
		t.Errorf("after the start the task is %s, %q, %q, %v", got.State, got.Result, got.Error, err)
	}
}

func TestMachineThatRefuses(t *testing.T) {
	b := newBox(t, t.TempDir(), "one")
	b.machine.fails = errors.New("the supervisor does not answer")
	changed := b.tasks.Watch(t.Context())
	submitted, _, err := b.Off(t.Context(), admin, "")
	if err != nil {
		t.Fatal(err)
	}
	for range changed {
		got, err := b.tasks.Get(t.Context(), submitted.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.State.Live() {
			continue
		}
		if got.State != task.Failed || !strings.Contains(got.Error, "does not answer") || got.NextStep == "" {
			t.Errorf("task %s, error %q, next step %q", got.State, got.Error, got.NextStep)
		}
		return
	}
}

func TestHold(t *testing.T) {
	b := newBox(t, t.TempDir(), "one")
	release := b.Hold("An update is being installed.")
	_, _, rebootErr := b.Reboot(t.Context(), admin, "")
	_, _, offErr := b.Off(t.Context(), admin, "")
	for name, err := range map[string]error{"reboot": rebootErr, "off": offErr, "reset": b.FactoryReset(t.Context(), admin)} {
		var held *HeldError
		if !errors.As(err, &held) || !strings.Contains(err.Error(), "update") {
			t.Errorf("%s while held: %v", name, err)
		}
	}
	events, err := b.log.List(t.Context(), audit.Filter{Action: "power.reboot"})
	if err != nil || len(events) != 1 || events[0].Outcome != "refused" {
		t.Errorf("audit of the refusal: %+v, %v", events, err)
	}
	release()
	release()
	if err := b.FactoryReset(t.Context(), admin); err != nil {
		t.Errorf("reset after the release: %v", err)
	}
	if !strings.Contains(b.machine.reset, "admin from 192.0.2.1") {
		t.Errorf("the console is told %q", b.machine.reset)
	}
}

// What begins to install while a restart holds off is not interrupted by it.
func TestHoldDuringTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, t.TempDir(), "one")
		b.Grace = 2 * time.Second
		submitted, _, err := b.Reboot(t.Context(), admin, "")
		if err != nil {
			t.Fatal(err)
		}
		defer b.Hold("An update is being installed.")()
		time.Sleep(2 * b.Grace)
		synctest.Wait()
		got, err := b.tasks.Get(t.Context(), submitted.ID)
		if err != nil || got.State != task.Failed || !strings.Contains(got.Error, "An update is being installed.") {
			t.Errorf("task %s, error %q, %v", got.State, got.Error, err)
		}
		if len(b.machine.asked) != 0 {
			t.Errorf("asked the machine for %q while it was held", <-b.machine.asked)
		}
		events, err := b.log.List(t.Context(), audit.Filter{Action: "power.reboot"})
		if err != nil || len(events) != 2 || events[0].Outcome != "refused" {
			t.Errorf("audit of the refusal: %+v, %v", events, err)
		}
	})
}

func TestNothingToReset(t *testing.T) {
	b := newBox(t, t.TempDir(), "one")
	b.NoDisk = true
	if err := b.FactoryReset(t.Context(), admin); !errors.Is(err, ErrNoDisk) || b.machine.reset != "" {
		t.Errorf("without a disk: %v, machine asked %q", err, b.machine.reset)
	}
	if _, _, err := b.Off(t.Context(), admin, "to attach its disk"); err != nil {
		t.Errorf("shutting down without a disk: %v", err)
	}
}

func TestRestartForATask(t *testing.T) {
	b := newBox(t, t.TempDir(), "one")
	defer b.Hold("An update is being installed.")()
	if err := b.Restart(t.Context(), "update"); err != nil || <-b.machine.asked != boot.Reboot {
		t.Errorf("it does not restart: %v", err)
	}
}
