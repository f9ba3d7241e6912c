// SPDX-License-Identifier: Apache-2.0

package power

import (
	"slices"
	"strings"
	"sync"
)

// HeldError says why the box must not go down now.
type HeldError struct{ Reasons []string } // sentences

// Error returns the reasons and what to do.
func (e *HeldError) Error() string {
	return strings.Join(e.Reasons, " ") + " Wait until that has ended."
}

type hold struct{ reason string }

// Hold keeps the box from being restarted, shut down or reset until release is
// called; reason is a sentence. Calling release again does nothing.
func (s *Service) Hold(reason string) (release func()) {
	h := &hold{reason: reason}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds = append(s.holds, h)
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.holds = slices.DeleteFunc(s.holds, func(other *hold) bool { return other == h })
	})
}

// Held returns a *HeldError while somebody holds the box, else nil.
func (s *Service) Held() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.holds) == 0 {
		return nil
	}
	e := &HeldError{}
	for _, h := range s.holds {
		e.Reasons = append(e.Reasons, h.reason)
	}
	return e
}
