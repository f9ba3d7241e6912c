// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"understudy/appliance/audit"
	"understudy/appliance/base/slots"
	"understudy/appliance/layout"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
)

// What the task of a Base update goes through.
var basePhases = []string{"Bringing the package", "Checking the package", "Writing the new version", "Copying the configuration", "Restarting", "Proving the new version"}

// Shares of the task's percent: where the phases begin.
var basePercent = []int{0, 20, 25, 55, 60, 80}

// installBase takes an update up to the restart, after which Resume goes on.
// The box stays held until then: whoever reset it now would leave a new version
// to be tried, and nobody to prove it.
func (s *Service) installBase(ctx context.Context, by audit.Actor, c Candidate, taskID string, p *task.Progress) error {
	release, restarting := s.Power.Hold("An update is being installed."), false
	defer func() {
		if !restarting {
			release()
		}
	}()
	u := BaseUpdate{Task: taskID, Name: c.Name, From: baseRelease(s.Running), To: c.Release, By: by.Name}
	u, err := s.journal.begin(ctx, u)
	if err != nil {
		return errors.Join(err, s.record(ctx, c.Name, audit.Failed, err.Error()))
	}
	if u, err = s.prepare(ctx, by, u, c, p); err != nil {
		// What is under way is told to the next start even if this one is ending.
		return errors.Join(err, s.giveUp(context.WithoutCancel(ctx), u, err, p))
	}
	phase(p, 4)
	p.Log("The appliance restarts into %s. If it does not work, the present version comes back by itself.", c.Name)
	if err := s.Power.Restart(ctx, "update to "+c.Name); err != nil {
		return fmt.Errorf("%s is in place and is tried at the next start, but the appliance could not be restarted: %w", c.Name, err)
	}
	restarting = true
	return nil
}

// giveUp ends an update that does not come as far as the restart. What the
// loader may have been told is taken back first: a version that it tries after
// that would be proven by nobody. If it cannot be, the next start finds out.
func (s *Service) giveUp(ctx context.Context, u BaseUpdate, cause error, p *task.Progress) error {
	if u.State.OnTrial() {
		to := layout.Release{Product: layout.Product, Version: u.To.Version, Tree: u.To.Tree}
		if err := s.withLoader(ctx, func(l slots.Loader) error { return l.Reject(to) }); err != nil {
			p.NextStep("Restart the appliance: it finds out then which version it runs.")
			return fmt.Errorf("taking %s back from the boot loader: %w", u.Name, err)
		}
	}
	reason := cause.Error()
	if errors.Is(cause, context.Canceled) {
		reason = notInPlace
	}
	u, err := s.journal.move(ctx, u, GivenUp, reason)
	if err == nil {
		s.recordBase(ctx, u)
	}
	return errors.Join(err, dropSnapshot(s.Dir))
}

func phase(p *task.Progress, i int) {
	p.Phase(i)
	p.Percent(basePercent[i])
}

// prepare does what comes before the restart. Every step is journalled when it
// is on the disk.
func (s *Service) prepare(ctx context.Context, by audit.Actor, u BaseUpdate, c Candidate, p *task.Progress) (_ BaseUpdate, err error) {
	phase(p, 0)
	ready, err := s.bring(ctx, by, c, p, basePercent[1])
	if err != nil {
		return u, err
	}
	phase(p, 1)
	opened, file, err := s.open(ctx, ready)
	if err != nil {
		return u, err
	}
	defer file.Close()
	if u, err = s.journal.move(ctx, u, Brought, ""); err != nil {
		return u, err
	}
	loader, done, err := s.openLoader(ctx)
	if err != nil {
		return u, err
	}
	defer func() { err = errors.Join(err, done()) }()
	target := layout.Release{Product: layout.Product, Version: ready.Version, Build: ready.Build, Tree: ready.Tree, Built: ready.Built}
	if err := s.stage(ctx, loader, target, opened, p); err != nil {
		return u, err
	}
	if u, err = s.journal.move(ctx, u, Written, ""); err != nil {
		return u, err
	}
	phase(p, 3)
	// Whoever was let through before the configuration froze has written by then.
	if err := s.Base.Write(ctx, func(*sql.Tx) error { return nil }); err != nil {
		return u, err
	}
	if err := takeSnapshot(ctx, s.Base, s.Dir); err != nil {
		return u, err
	}
	if u, err = s.journal.move(ctx, u, Copied, ""); err != nil {
		return u, err
	}
	// The journal first: an armed version of which nobody knows would start
	// without being proven.
	if u, err = s.journal.move(ctx, u, SetToTry, ""); err != nil {
		return u, err
	}
	if err := loader.Arm(target, slots.MaxTries); err != nil {
		return u, fmt.Errorf("setting %s to be tried: %w", ready.Name, err)
	}
	if u, err = s.journal.move(ctx, u, LoaderSet, ""); err != nil {
		return u, err
	}
	p.Log("%s is set to be tried at the next start, at most %d times.", ready.Name, slots.MaxTries)
	return u, nil
}

// stage writes the image of a package that was verified.
func (s *Service) stage(ctx context.Context, loader slots.Loader, target layout.Release, opened *pack.Package, p *task.Progress) error {
	phase(p, 2)
	size := opened.Size(pack.UKI)
	image, feed := io.Pipe()
	go func() { feed.CloseWithError(opened.Copy(ctx, pack.UKI, feed)) }()
	defer image.Close()
	err := loader.Stage(ctx, target, image, size, func(n int64) {
		p.Percent(basePercent[2] + int(n*int64(basePercent[3]-basePercent[2])/max(size, 1)))
	})
	if err != nil {
		return fmt.Errorf("writing %s to the boot partition: %w", opened.Summary().Name, err)
	}
	p.Log("%s is written and was read back.", opened.Summary().Name)
	return nil
}
