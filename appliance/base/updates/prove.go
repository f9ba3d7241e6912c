// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"understudy/appliance/audit"
	"understudy/appliance/base/slots"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
)

// Resume goes on with what a restart has interrupted: a version on trial is
// proven, or the task of an update that did not work says so. Call it once,
// before task.Runner.Recover.
func (s *Service) Resume(ctx context.Context) error {
	// One after the other, whatever becomes of each: a trial must be proven. The
	// task that is gone on with removes its package, and would be in the way of
	// dropNameless.
	return errors.Join(s.dropNameless(ctx), s.resume(ctx), s.closeOthers(ctx), s.recordCut(ctx), s.recordLast(ctx))
}

func (s *Service) resume(ctx context.Context) error {
	u, found, err := s.journal.last(ctx)
	if err != nil || !found {
		return err
	}
	release := func() {}
	if u.State.OnTrial() {
		// From here on, and not only when the task runs: a restart would take one
		// of the tries.
		release = s.Power.Hold("A new version is being tried and has not proven itself yet.")
	}
	ids := make(chan task.Task, 1)
	t, resumed, err := s.Tasks.Resume(ctx, KindBase, func(ctx context.Context, p *task.Progress) error {
		defer release()
		begun := <-ids
		if begun.ID != u.Task && u.State.Over() {
			// The power went before the update of this task was written down.
			p.NextStep("Start it again.")
			return errors.Join(errors.New(notInPlace), s.record(ctx, strings.TrimPrefix(begun.Title, installs(Candidate{})), audit.Failed, notInPlace))
		}
		return s.conclude(ctx, u, p)
	})
	switch {
	case err == nil && resumed:
		ids <- t
		return nil
	case err == nil && (u.State == Proving || u.State == Refused):
		// The task is gone, the trial is not.
		t, _, err = s.Tasks.Submit(ctx, audit.System, task.Spec{
			Kind: KindBase, Title: "Prove " + u.Name, Key: key, Survives: true, Phases: basePhases,
			Run: func(ctx context.Context, p *task.Progress) error {
				defer release()
				return s.prove(ctx, u, p)
			},
		})
		if err == nil {
			return s.journal.adopt(ctx, u, t.ID)
		}
	}
	release()
	return err
}

// conclude ends the task of an update after the restart.
func (s *Service) conclude(ctx context.Context, u BaseUpdate, p *task.Progress) error {
	switch u.State {
	case Good:
		s.recordBase(ctx, u)
		p.Result(u.Name + " is installed.")
		return nil
	case RolledBack:
		p.NextStep("Look at the reason; if there is a newer version, install that one. This one is refused until you force it.")
		s.recordBase(ctx, u)
		return fmt.Errorf("%s did not work and the appliance is back at %s. %s", u.Name, u.From.Version, u.Reason)
	case Arming:
		// The program ended and the machine did not: whether the loader was told
		// is found out by the restart.
		var err error
		if u, err = s.journal.move(ctx, u, LoaderSet, ""); err != nil {
			return err
		}
		return s.conclude(ctx, u, p)
	case Armed:
		if err := s.Power.Restart(ctx, "update to "+u.Name); err != nil {
			return fmt.Errorf("%s is tried at the next start, but the appliance could not be restarted: %w", u.Name, err)
		}
		<-ctx.Done() // the restart; the task goes on at the next start
		return ctx.Err()
	case Failed:
		s.recordBase(ctx, u)
		p.NextStep("Start it again.")
		return errors.New(u.Reason)
	}
	return s.prove(ctx, u, p)
}

// prove watches over this start, which is the trial of u. A version that stays
// fit long enough is kept; one that is not fit by the deadline is sent away
// with a restart.
func (s *Service) prove(ctx context.Context, u BaseUpdate, p *task.Progress) error {
	phase(p, 5)
	p.Log("%s has started and is being proven.", u.Name)
	if u.State == Proving {
		unfit := s.watchFitness(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if unfit == nil {
			return s.bless(ctx, u, p, Proven)
		}
		var err error
		if u, err = s.journal.move(ctx, u, Unfit, sentence(unfit)); err != nil {
			return err
		}
	}
	return s.reject(ctx, u, p)
}

// tellAgain is what to do if the boot loader could not be told how it went.
const tellAgain = "Restart the appliance: the boot loader is told again then."

// watchFitness returns nil once the box was fit for long enough without a
// break, and why it is not when the deadline has passed.
func (s *Service) watchFitness(ctx context.Context) error {
	const period = 500 * time.Millisecond
	began := s.Now()
	var since time.Time
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		unfit := s.Fit(ctx)
		now := s.Now()
		switch {
		case unfit != nil:
			since = time.Time{}
		case since.IsZero():
			since = now
		}
		if unfit == nil && now.Sub(since) >= s.ProvenFor {
			return nil
		}
		if now.Sub(began) >= s.Deadline && unfit != nil {
			return unfit
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sentence is what an error says, for people: reasons stand beside sentences.
func sentence(err error) string {
	text := strings.TrimRight(err.Error(), ".")
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}

// bless keeps the version that runs. The loader first: if the power goes
// between the two, the journal is caught up by the next proof, whatever that
// finds: e says which.
func (s *Service) bless(ctx context.Context, u BaseUpdate, p *task.Progress, e Event) error {
	err := s.withLoader(ctx, func(l slots.Loader) error { return l.Bless(s.Running) })
	if err != nil {
		p.NextStep(tellAgain)
		return fmt.Errorf("keeping %s: %w", u.Name, err)
	}
	if u, err = s.journal.move(ctx, u, e, ""); err != nil {
		return err
	}
	s.recordBase(ctx, u)
	p.Log("%s has proven itself and is kept.", u.Name)
	p.Result(u.Name + " is installed.")
	return errors.Join(dropSnapshot(s.Dir), s.tidy(ctx, u.To))
}

// reject sends the version that runs away: the next start is the old one's. If
// it proved itself at an earlier start, and the power went before all loaders or
// the journal knew, then it stays: the loader cannot be told otherwise any more.
func (s *Service) reject(ctx context.Context, u BaseUpdate, p *task.Progress) error {
	kept := false
	err := s.withLoader(ctx, func(l slots.Loader) error {
		running, err := l.Running()
		if kept = running.State == slots.Good; kept || err != nil {
			return err
		}
		return l.Reject(s.Running)
	})
	switch {
	case err != nil:
		p.NextStep(tellAgain)
		return fmt.Errorf("going back to %s: %w", u.From.Version, err)
	case kept:
		p.Log("%s is not fit now: %s It had proven itself before, and stays.", u.Name, u.Reason)
		return s.bless(ctx, u, p, Kept)
	}
	p.Log("%s is not fit: %s The appliance goes back to %s.", u.Name, u.Reason, u.From.Version)
	if err := s.Power.Restart(ctx, u.Name+" is not fit"); err != nil {
		return fmt.Errorf("going back to %s: %w", u.From.Version, err)
	}
	<-ctx.Done() // the restart; the task goes on at the next start
	return ctx.Err()
}

// tidy removes the package that was installed.
func (s *Service) tidy(ctx context.Context, installed pack.Release) error {
	all, err := s.AllReady(ctx)
	for _, r := range all {
		if r.Release == installed {
			err = errors.Join(err, s.forget(ctx, r.ID))
		}
	}
	return err
}
