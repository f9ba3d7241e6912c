// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"fmt"

	"understudy/appliance/base/slots"
)

// Abandon sends the running version away if it is on trial: for a box without
// its stored state, whose journal is out of reach with it. A version that is
// not on trial stays.
func (s *Service) Abandon(ctx context.Context) error {
	onTrial := false
	err := s.withLoader(ctx, func(l slots.Loader) error {
		running, err := l.Running()
		if onTrial = err == nil && running.State == slots.Trial; !onTrial {
			return err
		}
		return l.Reject(s.Running)
	})
	if err != nil {
		return fmt.Errorf("going back to the former version if this one is on trial: %w", err)
	}
	if !onTrial {
		return nil
	}
	return s.Power.Restart(ctx, "this version is on trial and cannot use the stored state")
}
