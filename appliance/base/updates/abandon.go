// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"fmt"
	"time"

	"understudy/appliance/base/slots"
)

// Abandon sends the running version away if it is on trial: for a box without
// its stored state, whose journal is out of reach with it. It waits until the
// loader can be asked, which takes a moment after a start. A version that is
// not on trial stays.
func (s *Service) Abandon(ctx context.Context) error {
	const period, limit = time.Second, time.Minute
	tick := time.NewTicker(period)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		var running slots.Entry
		err := s.withLoader(ctx, func(l slots.Loader) (err error) {
			running, err = l.Running()
			return err
		})
		switch {
		case err == nil && running.State != slots.Trial:
			return nil
		case err == nil:
			return s.goBack(ctx)
		case errors.Is(err, slots.ErrNoESP):
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("finding out whether this version is on trial: %w", err)
		}
	}
}

func (s *Service) goBack(ctx context.Context) error {
	if err := s.withLoader(ctx, func(l slots.Loader) error { return l.Reject(s.Running) }); err != nil {
		return fmt.Errorf("going back to the former version: %w", err)
	}
	return s.Power.Restart(ctx, "this version is on trial and cannot use the stored state")
}
