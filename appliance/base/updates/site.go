// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"fmt"

	"understudy/appliance/audit"
	"understudy/appliance/base/sitehost"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
)

// sitePhases are those of the site's host, after the package is there.
func sitePhases() []string {
	return append([]string{"Bringing the package", "Checking the package"}, sitehost.Phases()...)
}

// installOther installs a site package or a licence add-on. The box does not
// restart.
func (s *Service) installOther(ctx context.Context, by audit.Actor, c Candidate, taskID string, p *task.Progress) error {
	release := s.Power.Hold("An update is being installed.")
	defer release()
	u := Past{Kind: c.Kind, Name: c.Name, To: c.Version, By: by.Name, Task: taskID}
	if site, ok := s.Site.Current(); ok && c.Kind == pack.Site {
		u.From = site.Version
	}
	n, err := s.journal.beginOther(ctx, u, c.Tree, by)
	if err != nil {
		return errors.Join(err, s.record(ctx, c.Name, audit.Failed, err.Error()))
	}
	err = s.putOther(ctx, by, c, p)
	outcome, state, reason := audit.OK, Good, ""
	if err != nil {
		reason = err.Error()
		if errors.Is(err, context.Canceled) { // this program is ending, as with the power
			reason = interrupted
		} else {
			p.NextStep("The software from before is still in place. Look at the reason and try again.")
		}
		outcome, state = audit.Failed, Failed
		err = fmt.Errorf("installing %s: %w", c.Name, err)
	} else {
		p.Result(c.Name + " is installed.")
	}
	// What has happened is written down even if this program is ending. What the
	// power cuts off here is made up for by closeOthers.
	ctx = context.WithoutCancel(ctx)
	installed := err == nil
	err = errors.Join(err, s.record(ctx, c.Name, outcome, reason), s.journal.endOther(ctx, n, state, reason))
	if installed {
		err = errors.Join(err, s.tidy(ctx, c.Release))
	}
	return err
}

func (s *Service) putOther(ctx context.Context, by audit.Actor, c Candidate, p *task.Progress) error {
	ready, err := s.bring(ctx, by, c, p, 20)
	if err != nil {
		return err
	}
	p.Phase(1)
	opened, file, err := s.open(ctx, ready)
	if err != nil {
		return err
	}
	defer file.Close()
	if c.Kind == pack.License {
		return s.Site.License(ctx, c.Summary)
	}
	return s.Site.Install(ctx, opened, sitePhase{p})
}

// sitePhase counts the host's phases after our own.
type sitePhase struct{ *task.Progress }

// Phase begins phase i of sitehost.Phases.
func (p sitePhase) Phase(i int) { p.Progress.Phase(i + 2) }
