// SPDX-License-Identifier: Apache-2.0

package confirm

import (
	"context"
	"errors"
	"fmt"

	"understudy/appliance/audit"
)

// Actions in the audit log. The object is the area.
const (
	actionConfirm = "change.confirm"
	actionUndo    = "change.undo"   // a person wanted it
	actionRevert  = "change.revert" // nobody confirmed it
)

// Confirm keeps a change for good. ErrNotFound: it does not wait any more.
// ErrReverting: it came too late, but if the revert fails, Confirm can still
// keep the change.
func (g *Guard) Confirm(ctx context.Context, by audit.Actor, id string) error {
	ctx = context.WithoutCancel(ctx) // a change of the network may cut off who confirms it
	p, err := g.claim(ctx, id)
	if err != nil {
		return err
	}
	if err := g.remove(ctx, id); err != nil {
		g.schedule.release(id)
		return err
	}
	g.schedule.drop(id)
	g.news.Notify(struct{}{})
	return g.log.Append(ctx, by, audit.Entry{Action: actionConfirm, Object: p.Area, Outcome: audit.OK, Detail: p.Summary})
}

// Undo reverts a change at once. If that fails, the guard goes on trying. The
// errors are those of Confirm and of the area's function.
func (g *Guard) Undo(ctx context.Context, by audit.Actor, id string) error {
	ctx = context.WithoutCancel(ctx)
	p, err := g.claim(ctx, id)
	if err != nil {
		return err
	}
	return g.revert(ctx, by, p, actionUndo)
}

// claim returns the change id for the caller alone to settle.
func (g *Guard) claim(ctx context.Context, id string) (Pending, error) {
	if !g.schedule.take(id) {
		return Pending{}, ErrReverting
	}
	p, err := g.find(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		g.schedule.drop(id)
	case err != nil:
		g.schedule.release(id)
	}
	return p, err
}

// expire reverts a change whose time is over. Run has taken it.
func (g *Guard) expire(ctx context.Context, id string) {
	p, err := g.find(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		g.schedule.drop(id)
	case err != nil:
		g.failed(ctx, audit.System, Pending{ID: id}, actionRevert, err)
	default:
		_ = g.revert(ctx, audit.System, p, actionRevert) // told and tried again
	}
}

// revert puts the configuration back. Only when that is done and recorded, the
// change ceases to wait; doing it twice does no harm.
func (g *Guard) revert(ctx context.Context, by audit.Actor, p Pending, action string) error {
	err := g.restore(ctx, by, p.Revision)
	if err == nil {
		err = g.log.Append(ctx, by, audit.Entry{Action: action, Object: p.Area, Outcome: audit.OK, Detail: p.Summary})
	}
	if err == nil {
		err = g.remove(ctx, p.ID)
	}
	if err != nil {
		g.failed(ctx, by, p, action, err)
		return fmt.Errorf("revert the change of %s: %w", p.Area, err)
	}
	g.schedule.drop(p.ID)
	if g.OnReverted != nil {
		g.OnReverted(p)
	}
	g.news.Notify(struct{}{})
	return nil
}

// restore keeps a panic of an area's function from ending the program, which
// would meet the same change again at its next start.
func (g *Guard) restore(ctx context.Context, by audit.Actor, revision int64) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("internal error: %v", v)
		}
	}()
	return g.book.Restore(context.WithValue(ctx, revertingKey{}, true), by, revision)
}

// failed records and tells that an attempt failed, and plans the next one.
func (g *Guard) failed(ctx context.Context, by audit.Actor, p Pending, action string, err error) {
	entry := audit.Entry{Action: action, Object: p.Area, Outcome: audit.Failed, Detail: p.Summary + ": " + err.Error()}
	err = errors.Join(err, g.log.Append(ctx, by, entry))
	if g.OnFailure != nil {
		g.OnFailure(p, err)
	}
	g.schedule.retry(p.ID, g.now())
}
