// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"understudy/appliance/health"
)

// CodeDown is the code of the warning that an installed site does not run.
const CodeDown = "site.down"

// Check watches over the installed site.
func (h *Host) Check() health.Check {
	return health.Check{Code: CodeDown, Every: 10 * time.Second, Run: func(ctx context.Context) *health.Warning {
		text := h.problem(ctx)
		if text == "" {
			return nil
		}
		return &health.Warning{Code: CodeDown, Severity: health.Critical, Text: text,
			Fix: "Restart the appliance. If the site stays away, install its package again: what it has stored is kept."}
	}}
}

// problem says in a sentence what is wrong with the installed site; empty if
// nothing is, or if none is installed.
func (h *Host) problem(ctx context.Context) string {
	r := h.current.Load()
	if r == nil || !h.busy.TryRLock() { // what is being installed or started may be down
		return ""
	}
	defer h.busy.RUnlock()
	p, err := h.config.Programs.SiteStatus(ctx, r.Generation)
	silent := h.silent.Load()
	switch trouble := h.trouble.Load(); {
	case err != nil:
		return fmt.Sprintf("It is not known whether the site software runs: %v.", err)
	case p.GaveUp:
		return fmt.Sprintf("The site software %s died again and again (%s) and stays down.", r.Summary.Name, p.Ended)
	case !p.Running && trouble != nil:
		return fmt.Sprintf("The site software %s could not be started: %s.", r.Summary.Name, *trouble)
	case !p.Running:
		return fmt.Sprintf("The site software %s does not run.", r.Summary.Name)
	case silent != nil && h.config.Now().Sub(*silent) >= silentLimit:
		return fmt.Sprintf("The site software %s runs and does not answer.", r.Summary.Name)
	}
	return ""
}

// silentLimit is how long a site may be silent that was started again.
const silentLimit = 30 * time.Second

// Sessions is how many people are signed in to the site: none if no site is
// installed. The error says why it cannot be asked now.
func (h *Host) Sessions(ctx context.Context) (int, error) {
	if h.current.Load() == nil {
		return 0, nil
	}
	if !h.busy.TryRLock() {
		return 0, errors.New("the site is being installed or started")
	}
	defer h.busy.RUnlock()
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	// Who looks after a site that hangs waits longer for it than a page may.
	select {
	case h.asking <- struct{}{}:
		defer func() { <-h.asking }()
	case <-ctx.Done():
		return 0, errors.New("the site does not answer")
	}
	c, err := h.talk(ctx)
	if err != nil {
		return 0, err
	}
	s, err := c.Status(ctx)
	return s.Sessions, err
}

// askLimit is how long a page waits for what the site says of itself.
const askLimit = 5 * time.Second
