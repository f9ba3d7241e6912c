// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"understudy/appliance/audit"
	"understudy/appliance/task"
)

// Actions in the audit log.
const (
	actInstall = "updates.install"
	actResult  = "updates.result"
	actCheck   = "updates.check"
)

// record writes into the audit log how the install of a package ended, reason
// being a sentence, or "" if it is installed. Each install has one such entry:
// whoever goes on after a restart may say it again.
func (s *Service) record(ctx context.Context, name, outcome, reason string) error {
	ctx = context.WithoutCancel(ctx) // it has happened, whoever is ending
	known, err := s.recorded(ctx, name)
	if err == nil && !known {
		err = s.Audit.Append(ctx, audit.System, audit.Entry{Action: actResult, Object: name, Outcome: outcome, Detail: reason})
	}
	if err != nil {
		return fmt.Errorf("write down how the update to %s ended: %w", name, err)
	}
	return nil
}

// recorded reports whether the newest install of a package has its result. It
// goes by the order of the entries: clocks are moved.
func (s *Service) recorded(ctx context.Context, name string) (bool, error) {
	const most = 1000
	for before := int64(0); ; {
		events, err := s.Audit.List(ctx, audit.Filter{Action: "updates", Text: name, Before: before, Limit: most})
		if err != nil {
			return false, err
		}
		for _, e := range events {
			before = e.Seq
			switch {
			case e.Object != name:
			case e.Action == actResult:
				return true, nil
			case e.Action == actInstall && e.Outcome == audit.OK:
				return false, nil
			}
		}
		if len(events) < most {
			return false, nil
		}
	}
}

// recordBase is record for an update of the Base software, which must not fail
// because a full disk takes no more records.
func (s *Service) recordBase(ctx context.Context, u BaseUpdate) {
	outcome := audit.Failed
	switch u.State {
	case Good:
		outcome = audit.OK
	case RolledBack:
		outcome = audit.RolledBack
	}
	_ = s.record(ctx, u.Name, outcome, u.Reason)
}

// recordLast is recordBase for the newest update, after a start at which it is
// over and no task goes on with it: its own has ended before it had.
func (s *Service) recordLast(ctx context.Context) error {
	u, found, err := s.journal.last(ctx)
	busy := slices.ContainsFunc(s.Tasks.Live(), func(t task.Task) bool { return t.Kind == KindBase })
	if err == nil && found && u.State.Over() && !busy {
		s.recordBase(ctx, u)
	}
	return err
}

// recordCut records, after a start, the installs and checks that an earlier one
// has left and nobody goes on with. Call it when the others have been ended.
func (s *Service) recordCut(ctx context.Context) error {
	mine := s.Tasks.Live()
	var errs []error
	for _, state := range []task.State{task.Running, task.Queued} {
		left, err := s.Tasks.List(ctx, task.Filter{State: state, Limit: 1000})
		errs = append(errs, err)
		for _, t := range left {
			if !slices.ContainsFunc(mine, func(m task.Task) bool { return m.ID == t.ID }) {
				errs = append(errs, s.recordCutTask(ctx, t))
			}
		}
	}
	return errors.Join(errs...)
}

func (s *Service) recordCutTask(ctx context.Context, t task.Task) error {
	if name, ok := strings.CutPrefix(t.Title, installs(Candidate{})); ok && t.Key == key {
		u, found, err := s.journal.last(ctx)
		if err != nil || found && u.Task == t.ID { // its own end is still to come
			return err
		}
		return s.record(ctx, name, audit.Failed, interrupted)
	}
	if t.Kind != KindCheck {
		return nil
	}
	last, err := s.Audit.List(ctx, audit.Filter{Action: actCheck, From: t.Created, Limit: 1})
	if err != nil || len(last) > 0 { // it had ended, and its task had not yet
		return err
	}
	return s.recordCheck(ctx, t.By, audit.Failed, "The appliance restarted before the update server had answered.")
}

// recordCheck writes into the audit log how a check for updates ended.
func (s *Service) recordCheck(ctx context.Context, by audit.Actor, outcome, detail string) error {
	return s.Audit.Append(context.WithoutCancel(ctx), by, audit.Entry{Action: actCheck, Object: "update server", Outcome: outcome, Detail: detail})
}
