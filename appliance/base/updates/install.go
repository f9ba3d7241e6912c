// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"fmt"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
)

// Kinds of the tasks.
const (
	KindBase    = "update.base"
	KindSite    = "update.site"
	KindLicense = "update.license"
)

// key locks everything that changes the installed software: whoever presses
// second follows the task of whoever pressed first.
const key = "update"

// ErrAgreement means that the licence agreement has to be accepted first.
var ErrAgreement = errors.New("accept the licence agreement to install this package")

// ErrLost means that the box runs without its stored state.
var ErrLost = errors.New("the stored state of this appliance cannot be used, so nothing can be installed: see Status > Basics for the way out")

// BadError refuses a version that was tried before and did not work.
type BadError struct {
	Name   string
	Reason string
}

// Error says what happened then.
func (e *BadError) Error() string {
	return fmt.Sprintf("%s was tried before and did not work: %s It is installed again only if you choose to.", e.Name, e.Reason)
}

// Choice is what a person decides when installing.
type Choice struct {
	Accepted bool // the licence agreement
	Force    bool // install a version that did not work before
}

// Install submits the task that installs a package which is ready. If an
// install is under way, its task is returned and created is false. Errors that
// speak to people: ErrNotReady, ErrAgreement, *BadError, *TrialError and those
// of package plan.
func (s *Service) Install(ctx context.Context, by audit.Actor, id string, c Choice) (t task.Task, created bool, err error) {
	ready, err := s.Ready(ctx, id)
	if err != nil {
		return t, false, err
	}
	if err := s.mayInstall(ctx, ready, c); err != nil {
		return t, false, errors.Join(err, s.Audit.Append(ctx, by, audit.Entry{Action: "updates.install", Object: ready.Name, Outcome: "refused", Detail: err.Error()}))
	}
	if err := s.agree(ctx, by, ready); err != nil {
		return t, false, err
	}
	spec, ids := s.spec(by, ready)
	if t, created, err = s.Tasks.Submit(ctx, by, spec); err != nil || !created {
		return t, created, err
	}
	ids <- t.ID
	detail := "sha256 " + ready.ID
	if c.Force {
		detail += "; although it did not work before"
	}
	return t, true, s.Audit.Append(ctx, by, audit.Entry{Action: "updates.install", Object: ready.Name, Outcome: audit.OK, Detail: detail})
}

// spec is the task that installs a package. Its run waits for the task's id.
func (s *Service) spec(by audit.Actor, ready Ready) (task.Spec, chan<- string) {
	ids := make(chan string, 1)
	spec := task.Spec{
		Kind: KindBase, Title: "Install " + ready.Name, Key: key, Survives: true, Phases: basePhases,
		Estimate: time.Duration(max(ready.Minutes, 1)) * time.Minute,
	}
	switch ready.Kind {
	case pack.Site:
		spec.Kind, spec.Survives, spec.Phases = KindSite, false, sitePhases()
	case pack.License:
		spec.Kind, spec.Survives, spec.Phases = KindLicense, false, nil
	}
	spec.Run = func(ctx context.Context, progress *task.Progress) error {
		select {
		case id := <-ids:
			if ready.Kind == pack.Base {
				return s.installBase(ctx, by, ready, id, progress)
			}
			return s.installSite(ctx, ready, progress)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return spec, ids
}

// mayInstall is what has to be true before the first byte is installed.
func (s *Service) mayInstall(ctx context.Context, ready Ready, c Choice) error {
	if s.Lost != "" {
		return ErrLost
	}
	if u, on, err := s.Trial(ctx); err != nil || on {
		return errors.Join(err, trialError(u, on))
	}
	if err := plan.Check(s.Installed(), ready.Summary); err != nil {
		return err
	}
	if ready.Kind != pack.Base {
		return s.mayAgree(ctx, ready, c)
	}
	reason, err := s.journal.bad(ctx, ready.Release)
	switch {
	case err != nil:
		return err
	case reason != "" && !c.Force:
		return &BadError{Name: ready.Name, Reason: reason}
	case reason != "":
		return s.journal.forgive(ctx, ready.Release)
	}
	return nil
}

// TrialError refuses what must wait until a version on trial has proven itself.
type TrialError struct{ Name string }

// Error says what is waited for.
func (e *TrialError) Error() string {
	return e.Name + " is being tried and has not proven itself yet: wait until its task has ended."
}

func trialError(u BaseUpdate, on bool) error {
	if !on {
		return nil
	}
	return &TrialError{Name: u.Name}
}
