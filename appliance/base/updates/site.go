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

// sitePhases are those of the site's host, after the package was checked.
func sitePhases() []string { return append([]string{"Checking the package"}, sitehost.Phases()...) }

// installSite installs a site package or a licence add-on. The box does not
// restart.
func (s *Service) installSite(ctx context.Context, ready Ready, p *task.Progress) error {
	release := s.Power.Hold("An update is being installed.")
	defer release()
	opened, file, err := s.open(ctx, ready)
	if err != nil {
		return err
	}
	defer file.Close()
	if ready.Kind == pack.License {
		err = s.Site.License(ctx, ready.Summary)
	} else {
		err = s.Site.Install(ctx, opened, sitePhase{p})
	}
	outcome := audit.Entry{Action: "updates.result", Object: ready.Name, Outcome: audit.OK}
	if err != nil {
		outcome.Outcome, outcome.Detail = "failed", err.Error()
		_ = s.Audit.Append(context.WithoutCancel(ctx), audit.System, outcome)
		p.NextStep("The software from before is still in place. Look at the reason and try again.")
		return fmt.Errorf("installing %s: %w", ready.Name, err)
	}
	p.Result(ready.Name + " is installed.")
	return errors.Join(s.Audit.Append(ctx, audit.System, outcome), s.forget(ctx, ready.ID))
}

// sitePhase counts the host's phases after our own.
type sitePhase struct{ *task.Progress }

// Phase begins phase i of sitehost.Phases.
func (p sitePhase) Phase(i int) { p.Progress.Phase(i + 1) }
