// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"understudy/appliance/basectl"
	"understudy/pkgstore/pack"
)

// Start brings the installed site up, or takes over the one that has outlived
// a crash of this program, and removes what an installation left that was cut
// off. Without a site it does nothing else.
func (h *Host) Start(ctx context.Context) error {
	h.busy.Lock()
	defer h.busy.Unlock()
	r := h.current.Load()
	if r == nil {
		return errors.Join(h.clear(ctx, "a"), h.clear(ctx, "b"))
	}
	if err := h.clear(ctx, other(r.Generation)); err != nil {
		h.config.Failed(fmt.Errorf("removing what was left of another site: %w", err))
	}
	if err := h.dropCopy(r.Generation); err != nil {
		h.config.Failed(err)
	}
	p, err := h.config.Programs.SiteStatus(ctx, r.Generation)
	if err != nil {
		return err
	}
	if !p.Running {
		if err := h.place(*r); err != nil {
			return err
		}
		if err := h.config.Programs.RunSite(ctx, r.Generation); err != nil {
			return err
		}
	}
	c, err := h.await(ctx, r.Generation, r.Summary)
	if err != nil {
		return fmt.Errorf("starting the site: %w", err)
	}
	h.adopt(c)
	h.serve(r.Generation)
	// An installation that was cut off may have left it read-only.
	return c.Writable(ctx)
}

// clear stops and removes a generation that does not count.
func (h *Host) clear(ctx context.Context, generation string) error {
	ctx, cancel := context.WithTimeout(ctx, endLimit)
	defer cancel()
	return errors.Join(h.end(ctx, generation), h.discard(generation))
}

// endLimit is how long a program may take to end; the supervisor kills it
// before.
const endLimit = 30 * time.Second

// Run starts the site and looks after it until ctx ends: a program that the
// supervisor had to start again is told the facts again, and so is one whose
// facts have changed.
func (h *Host) Run(ctx context.Context) error {
	if err := h.Start(ctx); err != nil && ctx.Err() == nil {
		cause := err.Error()
		h.trouble.Store(&cause)
		h.config.Failed(err)
	}
	close(h.started)
	every := time.NewTicker(h.config.Attend)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
		if h.current.Load() != nil && h.busy.TryRLock() {
			h.asking <- struct{}{}
			h.attend(ctx)
			<-h.asking
			h.busy.RUnlock()
		}
	}
}

// attend is one look. What it cannot do now it does at the next.
func (h *Host) attend(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, h.config.Ready)
	defer cancel()
	began := h.config.Now()
	c, err := h.talk(ctx)
	if err != nil {
		h.silent.CompareAndSwap(nil, &began)
		return
	}
	h.silent.Store(nil)
	if h.serving.Load() == nil {
		h.serve(h.current.Load().Generation)
	}
	if s, err := c.Status(ctx); err == nil && s.State == basectl.ReadOnly {
		_ = c.Writable(ctx) // no installation is under way: one could not take this back
	}
	if facts := h.config.Facts(); facts != h.told {
		if c.SetFacts(ctx, facts) == nil {
			h.told = facts
		}
	}
}

// License takes the licences of an add-on. Nothing restarts.
func (h *Host) License(ctx context.Context, s pack.Summary) error {
	if !h.installing.TryLock() {
		return ErrBusy
	}
	defer h.installing.Unlock()
	h.busy.Lock()
	defer h.busy.Unlock()
	r := h.current.Load()
	switch {
	case r == nil:
		return ErrNoSite
	case s.Kind != pack.License || s.Customer == nil:
		return fmt.Errorf("%s brings no licences", s.Name)
	case r.Summary.Customer == nil || r.Summary.Customer.ID != s.Customer.ID:
		return fmt.Errorf("%s was built for %s, the installed site for another customer", s.Name, s.Customer.Hostname)
	}
	next := *r
	next.Summary.Customer, next.AddOn = licensed(*r.Summary.Customer, *s.Customer), s.Release
	if err := next.write(h.config.State); err != nil {
		return err
	}
	h.current.Store(&next)
	// They are installed from here on: a site that does not hear of it now reads
	// it when it starts.
	err := h.writeSummary(next)
	if c, away := h.talk(ctx); err == nil && away == nil {
		err = c.Reload(ctx)
	}
	if err != nil {
		h.config.Failed(fmt.Errorf("telling the site of its new licences: %w", err))
	}
	return nil
}
