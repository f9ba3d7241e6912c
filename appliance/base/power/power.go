// SPDX-License-Identifier: Apache-2.0

package power

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/base/boot"
	"understudy/appliance/task"
)

// Kinds of the tasks.
const (
	KindReboot = "power.reboot"
	KindOff    = "power.off"
)

// key is the lock of everything that takes the box away: whoever presses
// second follows the task of whoever pressed first.
const key = "power"

// Machine is what can be done to the box; *boot.Link does it.
type Machine interface {
	Power(ctx context.Context, kind boot.PowerKind, reason string) error
	FactoryReset(ctx context.Context, reason string) error
}

// Service takes the box down in an orderly way. It is safe for concurrent use.
type Service struct {
	// Grace is how long a restart or shutdown holds off, so that whoever asked
	// still gets the page that follows it. Set it before the first request.
	Grace time.Duration

	// NoDisk says that there is nothing a factory reset could make new. Set it
	// before the first request.
	NoDisk bool

	tasks   *task.Runner
	log     *audit.Log
	machine Machine
	now     func() time.Time

	mu    sync.Mutex
	holds []*hold
}

// New returns a service whose tasks run on tasks.
func New(tasks *task.Runner, log *audit.Log, machine Machine, now func() time.Time) *Service {
	return &Service{tasks: tasks, log: log, machine: machine, now: now}
}

// Reboot submits the task that restarts the box. A *HeldError means that
// something must not be interrupted.
func (s *Service) Reboot(ctx context.Context, by audit.Actor, reason string) (task.Task, bool, error) {
	return s.submit(ctx, by, reason, plan{
		kind: KindReboot, title: "Restart the appliance", action: "power.reboot", do: boot.Reboot,
		phases: []string{"Stopping services", "Restarting", "Back in service"}, estimate: 45 * time.Second,
	})
}

// Off submits the task that shuts the box down: Shut Down This Appliance. The
// task ends when the box is switched on again.
func (s *Service) Off(ctx context.Context, by audit.Actor, reason string) (task.Task, bool, error) {
	return s.submit(ctx, by, reason, plan{
		kind: KindOff, title: "Shut down the appliance", action: "power.off", do: boot.Off,
		phases: []string{"Stopping services", "Off", "Switched on again"},
	})
}

// Restart restarts the box for a task that goes on afterwards, and that may hold
// it: after the grace. It returns when the restart is under way.
func (s *Service) Restart(ctx context.Context, reason string) error {
	if err := s.grace(ctx); err != nil {
		return err
	}
	return s.machine.Power(ctx, boot.Reboot, reason)
}

// grace holds a restart off for a moment.
func (s *Service) grace(ctx context.Context) error {
	select {
	case <-time.After(s.Grace):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// FactoryReset erases everything the box stores and restarts it. It returns
// once the key of the state is destroyed. Nothing of it can be recorded: the
// audit log goes too, which is why the console names who asked. It is refused
// with what Resettable returns.
func (s *Service) FactoryReset(ctx context.Context, by audit.Actor) error {
	if err := s.Resettable(); err != nil {
		return err
	}
	reason := fmt.Sprintf("factory reset asked for by %s from %s", by.Name, by.Address)
	// The supervisor stops this program as soon as the key is gone. Who asked
	// still has to learn that it worked.
	if err := s.machine.FactoryReset(context.WithoutCancel(ctx), reason); err != nil {
		return fmt.Errorf("resetting the appliance to its factory state: %w", err)
	}
	return nil
}

// ErrNoDisk means that there is no disk which a factory reset could write to.
var ErrNoDisk = errors.New("no disk of an appliance is attached, so there is nothing to reset: shut the appliance down, attach its disk and start it again")

// Resettable says why FactoryReset would be refused: ErrNoDisk, or a
// *HeldError.
func (s *Service) Resettable() error {
	if s.NoDisk {
		return ErrNoDisk
	}
	return s.Held()
}

type plan struct {
	kind, title, action string
	do                  boot.PowerKind
	phases              []string
	estimate            time.Duration
}

func (s *Service) submit(ctx context.Context, by audit.Actor, reason string, p plan) (task.Task, bool, error) {
	if err := s.Held(); err != nil {
		s.record(ctx, by, p.action, "refused", err.Error())
		return task.Task{}, false, err
	}
	t, created, err := s.tasks.Submit(ctx, by, task.Spec{
		Kind: p.kind, Title: p.title, Key: key, Phases: p.phases, Estimate: p.estimate, Survives: true,
		Run: func(ctx context.Context, progress *task.Progress) error {
			if reason != "" {
				progress.Log("Reason: %s", reason)
			}
			progress.Log("Asked for by %s.", by.Name)
			if err := s.grace(ctx); err != nil {
				return err
			}
			// What has begun meanwhile must not be interrupted either.
			if err := s.Held(); err != nil {
				s.record(ctx, by, p.action, "refused", err.Error())
				return err
			}
			progress.Phase(1)
			if err := s.machine.Power(ctx, p.do, fmt.Sprintf("%s, asked for by %s", p.title, by.Name)); err != nil {
				progress.NextStep("Try again; if that fails too, use the power button of the machine.")
				return fmt.Errorf("the appliance could not be stopped: %w", err)
			}
			return nil
		},
	})
	if err != nil {
		return task.Task{}, false, fmt.Errorf("starting the task %q: %w", p.title, err)
	}
	if created {
		s.record(ctx, by, p.action, "ok", reason)
	}
	return t, created, nil
}

// record never keeps the box from being stopped: a full disk is a reason to.
func (s *Service) record(ctx context.Context, by audit.Actor, action, outcome, detail string) {
	_ = s.log.Append(ctx, by, audit.Entry{Action: action, Object: "appliance", Outcome: outcome, Detail: detail})
}

// Recoveries end, after a start, the tasks that took the box down; they are
// for task.Runner.Recover. bootID is the Runner's Boot: a task of the same
// start of the machine was left by a program that ended without it. Clocks do
// not tell, as one without a battery begins anew.
func (s *Service) Recoveries(bootID string) map[string]func(context.Context, task.Task) (string, error) {
	away := func(back string) func(context.Context, task.Task) (string, error) {
		return func(_ context.Context, t task.Task) (string, error) {
			if bootID != "" && t.Boot == bootID {
				return "", errors.New("the base software ended before the machine was stopped: try again")
			}
			took := s.now().Sub(t.Started).Round(time.Second)
			if took < 0 {
				return back + ".", nil // the clock is not right yet
			}
			return fmt.Sprintf("%s after %v.", back, took), nil
		}
	}
	return map[string]func(context.Context, task.Task) (string, error){
		KindReboot: away("The appliance is back in service"),
		KindOff:    away("The appliance was switched on again"),
	}
}
