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
	Override bool // install in spite of what Preflight warns of
}

// Install submits the task that installs c: one that the update server has is
// brought and verified first (guide: Install This Update). If an install of c is
// under way, its task is returned and created is false. Errors that speak to
// people: ErrAgreement, ErrLost, *BadError, *TrialError, *PreflightError and
// those of package plan.
func (s *Service) Install(ctx context.Context, by audit.Actor, c Candidate, choice Choice) (t task.Task, created bool, err error) {
	warned, err := s.mayInstall(ctx, c, choice)
	if err != nil {
		return t, false, errors.Join(err, s.Audit.Append(ctx, by, audit.Entry{Action: actInstall, Object: c.Name, Outcome: "refused", Detail: err.Error()}))
	}
	if err := s.agree(ctx, by, c); err != nil {
		return t, false, err
	}
	spec, ids := s.spec(by, c)
	t, created, err = s.Tasks.Submit(ctx, by, spec)
	switch {
	case err == nil && !created && t.Title != spec.Title: // somebody pressed elsewhere meanwhile
		return task.Task{}, false, &PreflightError{[]Finding{otherFirst(t)}}
	case err != nil || !created:
		return t, false, err
	}
	// Before it runs: what record writes comes after this.
	err = s.Audit.Append(ctx, by, audit.Entry{Action: actInstall, Object: c.Name, Outcome: audit.OK, Detail: "sha256 " + c.ID + inSpiteOf(warned)})
	ids <- t.ID
	return t, true, err
}

// inSpiteOf says in the audit log which warnings were overridden.
func inSpiteOf(warned []Finding) (text string) {
	for _, f := range warned {
		if f.Code == FindingTried {
			text += "; although it did not work before"
		} else {
			text += fmt.Sprintf("; in spite of the warning \"%s\"", f.Text)
		}
	}
	return text
}

// installs is the title of the task that installs c.
func installs(c Candidate) string { return "Install " + c.Name }

// spec is the task that installs a package. Its run waits for the task's id.
func (s *Service) spec(by audit.Actor, c Candidate) (task.Spec, chan<- string) {
	ids := make(chan string, 1)
	spec := task.Spec{
		Kind: KindBase, Title: installs(c), Key: key, Survives: true, Phases: basePhases,
		Estimate: time.Duration(max(c.Minutes, 1)) * time.Minute,
	}
	switch c.Kind {
	case pack.Site:
		spec.Kind, spec.Survives, spec.Phases = KindSite, false, sitePhases()
	case pack.License:
		spec.Kind, spec.Survives, spec.Phases = KindLicense, false, nil
	}
	spec.Run = func(ctx context.Context, progress *task.Progress) error {
		select {
		case id := <-ids:
			if c.Kind == pack.Base {
				return s.installBase(ctx, by, c, id, progress)
			}
			return s.installOther(ctx, by, c, id, progress)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return spec, ids
}

// mayInstall is what has to be true before the first byte is installed. It
// returns the warnings that were overridden.
func (s *Service) mayInstall(ctx context.Context, c Candidate, choice Choice) (warned []Finding, err error) {
	if s.Lost != "" {
		return nil, ErrLost
	}
	if u, on, err := s.Trial(ctx); err != nil || on {
		return nil, errors.Join(err, trialError(u, on))
	}
	state, err := s.installed(ctx)
	if err != nil {
		return nil, err
	}
	if err := fits(state, c.Summary); err != nil {
		return nil, err
	}
	if c.Agreement != "" && !choice.Accepted {
		return nil, ErrAgreement
	}
	findings, err := s.Preflight(ctx, c)
	if err != nil {
		return nil, err
	}
	var others []Finding
	for _, f := range findings {
		switch {
		case f.Stops:
			return nil, &PreflightError{findings}
		case f.Code == FindingTried && !choice.Force:
			reason, err := s.journal.bad(ctx, c.Release)
			return nil, errors.Join(err, &BadError{Name: c.Name, Reason: reason})
		case f.Code != FindingTried:
			others = append(others, f)
		}
	}
	if len(others) > 0 && !choice.Override {
		return nil, &PreflightError{others}
	}
	return findings, nil
}

// TrialError refuses what must wait until a version has proven itself, or did
// not.
type TrialError struct {
	Name  string
	State State
}

// Error says what is waited for, and how to get there.
func (e *TrialError) Error() string { return e.what() + ": " + e.next() + "." }

func (e *TrialError) what() string {
	switch e.State {
	case Staged, Saved:
		return e.Name + " is being installed, and the configuration is copied for the case that it does not work"
	case Arming, Armed:
		return e.Name + " is tried at the next start and has to prove itself then"
	}
	return e.Name + " is being tried and has not proven itself yet"
}

func (e *TrialError) next() string {
	switch e.State {
	case Arming, Armed:
		return "restart the appliance if it does not restart by itself"
	}
	return "wait until its task has ended; if it has, restart the appliance"
}

func trialError(u BaseUpdate, on bool) error {
	if !on {
		return nil
	}
	return trialOf(u)
}

func trialOf(u BaseUpdate) *TrialError { return &TrialError{Name: u.Name, State: u.State} }
