// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"understudy/pkgstore/pack"
)

// Progress is told how far an installation is; *task.Progress has it.
type Progress interface {
	Phase(i int) // of Phases
	Percent(n int)
	Log(format string, args ...any)
}

// Install puts the site of a package in the place of the installed one, which
// keeps serving, read-only from the second phase on, until the new one is
// ready. Licences that an add-on has brought stay. If it returns an error, the
// old site is the one that counts and takes writes again, and nothing of the
// new one is left; that also holds when ctx ends. The error is ErrBusy if
// another installation is under way.
func (h *Host) Install(ctx context.Context, p Package, progress Progress) error {
	if !h.installing.TryLock() {
		return ErrBusy
	}
	defer h.installing.Unlock()
	if err := h.lock(ctx); err != nil {
		return fmt.Errorf("waiting for those who look at the site: %w", err)
	}
	defer h.busy.Unlock()
	s := p.Summary()
	if s.Kind != pack.Site {
		return fmt.Errorf("%s is no site package", s.Name)
	}
	in := &install{host: h, pkg: p, old: h.current.Load(), reason: s.Name + " is being installed. Try again in a few minutes.",
		next: record{Generation: "a", Installed: h.config.Now().UTC().Truncate(time.Second), Summary: s}}
	if in.old != nil {
		in.next.Generation = other(in.old.Generation)
		if in.next.keepLicenses(*in.old) {
			progress.Log("The licences that an add-on has brought stay.")
		}
	}
	if err := in.walk(ctx, progress); err != nil {
		return fmt.Errorf("installing %s: %w", s.Name, err)
	}
	h.adopt(in.client)
	if in.old != nil {
		in.leave(ctx, progress)
	}
	progress.Percent(100)
	return nil
}

// lock takes busy unless ctx ends before. Who only looks at the site is done in
// a moment, but for one that hangs.
func (h *Host) lock(ctx context.Context) error {
	locked := make(chan struct{})
	go func() {
		h.busy.Lock()
		close(locked)
	}()
	select {
	case <-locked:
		return nil
	case <-ctx.Done():
		go func() {
			<-locked
			h.busy.Unlock()
		}()
		return ctx.Err()
	}
}

// walk goes through the steps, and back if one fails.
func (in *install) walk(ctx context.Context, progress Progress) error {
	for i, s := range steps {
		if s.update && in.old == nil {
			continue
		}
		progress.Phase(i)
		progress.Percent(s.percent)
		err := ctx.Err()
		if err == nil {
			err = s.do(in, ctx)
		}
		if err != nil {
			progress.Log("%s failed: %v", s.name, err)
			return errors.Join(err, in.back(ctx, i, progress))
		}
	}
	return nil
}

// back undoes the steps up to the one that failed, the last one first. What
// cannot be undone keeps nothing else from being undone.
func (in *install) back(ctx context.Context, failed int, progress Progress) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoLimit)
	defer cancel()
	var errs []error
	for i := failed; i >= 0; i-- {
		s := steps[i]
		if s.undo == nil || s.update && in.old == nil {
			continue
		}
		if err := s.undo(in, ctx); err != nil {
			errs = append(errs, fmt.Errorf("taking back %q: %w", s.name, err))
		}
	}
	if in.old != nil && len(errs) == 0 {
		progress.Log("The site is as it was and can be changed again.")
	}
	return errors.Join(errs...)
}

// leave ends the old site once the new one serves. What fails here costs space
// and is tried again at the next start.
func (in *install) leave(ctx context.Context, progress Progress) {
	h := in.host
	if in.before != nil {
		in.before.drain(context.WithoutCancel(ctx), h.config.Drain)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endLimit)
	defer cancel()
	if err := h.clear(ctx, in.old.Generation); err != nil {
		progress.Log("The old version could not be removed: %v", err)
		h.config.Failed(fmt.Errorf("removing the old site: %w", err))
	}
}
