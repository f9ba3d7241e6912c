// SPDX-License-Identifier: Apache-2.0

package confirm

import (
	"context"
	"sync"
	"time"
)

// Run reverts changes whose time is over, until ctx ends; it returns when the
// last attempt has. First it reverts what an earlier run of the program left
// waiting: nobody can have confirmed that. The error is that of ctx, or of a
// database that cannot be read.
func (g *Guard) Run(ctx context.Context) error {
	rows, err := g.rows(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.run != g.run {
			g.schedule.set(r.ID, g.now())
		}
	}
	var attempts sync.WaitGroup
	defer attempts.Wait()
	for {
		ids, next, more := g.schedule.due(g.now())
		for _, id := range ids {
			attempts.Go(func() { g.expire(ctx, id) })
		}
		if err := g.sleep(ctx, next, more); err != nil {
			return err
		}
	}
}

// sleep waits for the next alarm, for a change of the schedule or for the end.
func (g *Guard) sleep(ctx context.Context, next time.Duration, more bool) error {
	var alarm <-chan time.Time
	if more {
		t := time.NewTimer(next)
		defer t.Stop()
		alarm = t.C
	}
	select {
	case <-alarm:
	case <-g.schedule.wake:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
