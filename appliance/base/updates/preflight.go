// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"understudy/appliance/base/slots"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
)

// Finding is something that stands against an install, or that whoever installs
// should know first.
type Finding struct {
	Code  string // stable, for programs
	Stops bool   // it cannot be overridden
	Text  string // a sentence
	Fix   string // what to do about it, a sentence
	Link  string // path of the page where that is done; may be empty
}

// Codes of the findings of this package; Parts.Outside adds others.
const (
	FindingLost        = "state-lost"
	FindingTrial       = "base-on-trial"
	FindingOther       = "other-install"
	FindingRequirement = "requirement"
	FindingTried       = "tried-before"
	FindingSpace       = "space"
	FindingBootSpace   = "boot-space"
	FindingWait        = "wait-24h"
)

// clientsWait is how long clients should have between two site packages
// (guide: Upgrade Preparation).
const clientsWait = 24 * time.Hour

// spareSpace is what stays free on the state partition, in bytes.
const spareSpace = 32 << 20

const updatesPage = "/appliance/updates"

// PreflightError refuses an install because of what was found.
type PreflightError struct{ Findings []Finding }

// Error says the first finding that stops, or all that warn.
func (e *PreflightError) Error() string {
	var texts []string
	for _, f := range e.Findings {
		if f.Stops {
			return f.Text + " " + f.Fix
		}
		texts = append(texts, f.Text)
	}
	return strings.Join(texts, " ") + " Install it all the same only if that is what you want."
}

// Preflight is everything that stands against installing c now: what stops it
// comes first.
func (s *Service) Preflight(ctx context.Context, c Candidate) ([]Finding, error) {
	var stops, warns []Finding
	add := func(f Finding) {
		if f.Stops {
			stops = append(stops, f)
		} else {
			warns = append(warns, f)
		}
	}
	if s.Lost != "" {
		add(Finding{FindingLost, true, "The stored state of this appliance cannot be used, so nothing can be installed.", "Status > Basics says what is lost and shows the way out.", "/appliance/status/basics"})
	}
	if u, on, err := s.Trial(ctx); err != nil {
		return nil, err
	} else if on {
		trial := trialOf(u)
		add(Finding{FindingTrial, true, trial.what() + ".", sentence(errors.New(trial.next())), "/appliance/status/tasks/" + u.Task})
	} else if t, found := s.other(c); found {
		add(otherFirst(t))
	}
	state, err := s.installed(ctx)
	if err != nil {
		return nil, err
	}
	if err := plan.Check(state, c.Summary); err != nil {
		f := Finding{FindingRequirement, true, err.Error(), "Look at the list of available updates for what can be installed.", updatesPage}
		if unmet := (*plan.Unmet)(nil); errors.As(err, &unmet) {
			f.Fix = unmet.Advice()
		}
		add(f)
	}
	if c.Kind == pack.Base {
		reason, err := s.journal.bad(ctx, c.Release)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			add(Finding{FindingTried, false, c.Name + " was tried before and did not work: " + reason, "Install a newer version if there is one.", updatesPage + "#history"})
		}
	}
	if err := s.checkSpace(c, add); err != nil {
		return nil, err
	}
	s.checkBootSpace(ctx, c, add)
	if err := s.checkWait(ctx, c, add); err != nil {
		return nil, err
	}
	if s.Outside != nil {
		for _, f := range s.Outside(ctx, c) {
			add(f)
		}
	}
	return append(stops, warns...), nil
}

// other is the task that installs something else now.
func (s *Service) other(c Candidate) (task.Task, bool) {
	for _, t := range s.Tasks.Live() {
		if t.Key == key && t.Title != installs(c) {
			return t, true
		}
	}
	return task.Task{}, false
}

func otherFirst(t task.Task) Finding {
	return Finding{FindingOther, true, fmt.Sprintf("%q is under way.", t.Title), "Wait until it has ended.", "/appliance/status/tasks/" + t.ID}
}

// checkSpace wants room for the package, if it has to be brought, and for what
// an install of it writes: a site's program, which takes twice the length of
// the package as that is compressed, and two copies of the database, since a
// migration keeps one of what it begins with.
func (s *Service) checkSpace(c Candidate, add func(Finding)) error {
	free, err := s.free()
	if err != nil {
		return err
	}
	need := int64(spareSpace)
	if c.Offer != "" {
		need += c.Length
	}
	if c.Kind == pack.Site {
		stored, err := s.Site.Stored()
		if err != nil {
			return err
		}
		need += 2*c.Length + 2*stored
	}
	if free < need {
		add(noSpace(c.Name, need, free))
	}
	return nil
}

// checkBootSpace wants room on the boot partition for a Base package, which is
// hardly more than the image in it. Where nobody can look now, the task is what
// says that there is none.
func (s *Service) checkBootSpace(ctx context.Context, c Candidate, add func(Finding)) {
	if c.Kind != pack.Base || s.Look == nil {
		return
	}
	loader, done, err := s.Look(ctx)
	if err != nil {
		return
	}
	defer func() { _ = done() }()
	err = loader.Fits(c.Length)
	if full := (*slots.SpaceError)(nil); errors.As(err, &full) {
		add(Finding{FindingBootSpace, true, fmt.Sprintf("%s does not fit on the boot partition: %d MB more are needed.", c.Name, (full.Missing+1e6-1)/1e6),
			"Ask Support: what the appliance can do without there has been counted as free.", ""})
	}
}

func (s *Service) free() (int64, error) {
	if s.Free != nil {
		return s.Free()
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(s.Dir, &fs); err != nil {
		return 0, fmt.Errorf("look how much room there is for packages: %w", err)
	}
	return int64(fs.Bavail) * fs.Bsize, nil
}

// checkWait warns when clients had no time to follow the last site package.
// What the appliance installed by itself is not waited for: no client knew of
// the software before it.
func (s *Service) checkWait(ctx context.Context, c Candidate, add func(Finding)) error {
	if c.Kind != pack.Site {
		return nil
	}
	last, found, err := s.journal.lastByPerson(ctx, pack.Site)
	if err != nil || !found {
		return err
	}
	if since := s.Now().Sub(last.Changed); since >= 0 && since < clientsWait {
		add(Finding{FindingWait, false,
			fmt.Sprintf("%s was installed %s: clients should have 24 hours to upgrade before the next site package.", last.Name, ago(since)),
			fmt.Sprintf("Wait until %s UTC, or go on if there are no clients to wait for.", last.Changed.Add(clientsWait).UTC().Format("2 Jan 2006, 15:04")), ""})
	}
	return nil
}
