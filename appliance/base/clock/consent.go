// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"context"
	"errors"
	"time"

	"understudy/appliance/audit"
)

// ErrNoRefusal means that there is no step to consent to.
var ErrNoRefusal = errors.New("there is no step of the clock that waits for consent")

// consent is one person's agreement to one step.
type consent struct {
	by     audit.Actor
	offset time.Duration
	at     time.Time // monotonic
}

// consentSlack is how far the offset may move away from the one that was shown
// before the consent was for something else.
const consentSlack = 5 * time.Second

// Consent lets the clock make the step that was refused. The servers are asked
// once more, and it is made only if they still say the same.
func (s *Service) Consent(ctx context.Context, by audit.Actor) error {
	s.mu.Lock()
	if s.state != Refusing {
		s.mu.Unlock()
		return ErrNoRefusal
	}
	offset := s.refused
	s.consent = &consent{by: by, offset: offset, at: time.Now()}
	s.mu.Unlock()
	s.record(ctx, by, "clock.consent", "ok", "Consented to setting the clock by "+signed(offset)+".")
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil
}

// consented reports whether somebody agreed to this step. The caller holds mu.
func (s *Service) consented(offset time.Duration) bool {
	c := s.consent
	return c != nil && time.Since(c.at) < consentFor && (offset-c.offset).Abs() <= consentSlack
}

// stepper is who answers for a step.
func (s *Service) stepper(happened event) audit.Actor {
	s.mu.Lock()
	defer s.mu.Unlock()
	if happened == consented && s.consent != nil {
		return s.consent.by
	}
	return audit.System
}
