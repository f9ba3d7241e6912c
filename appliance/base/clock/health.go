// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"context"
	"fmt"
	"strings"
	"time"

	"understudy/appliance/health"
)

// Codes of the warnings this package gives, at most one at a time.
const (
	CodeUnsynchronised = "clock.unsynchronised"
	CodeStepRefused    = "clock.step-refused"
	CodeSilent         = "clock.silent"
)

const (
	// page is where time servers are set and consent is given.
	page       = "/appliance/networking/ip"
	checkEvery = 10 * time.Second
	// grace is how long a start may take to find the time.
	grace = time.Minute
)

// Checks are the health checks of the clock.
func (s *Service) Checks() []health.Check {
	var checks []health.Check
	for _, code := range []string{CodeUnsynchronised, CodeStepRefused, CodeSilent} {
		checks = append(checks, health.Check{Code: code, Every: checkEvery, Run: func(context.Context) *health.Warning {
			servers := len(s.Servers())
			s.mu.Lock()
			defer s.mu.Unlock()
			if w := s.judge(servers); w != nil && w.Code == code {
				return w
			}
			return nil
		}})
	}
	return checks
}

// judge says what is wrong with the clock, nil if nothing is. The caller holds
// mu.
func (s *Service) judge(servers int) *health.Warning {
	lasting := time.Since(s.since) > grace
	switch {
	case servers == 0:
		return &health.Warning{Code: CodeUnsynchronised, Severity: health.Info, FixURL: page,
			Text: "No time server is set, so nobody notices when the clock goes wrong.", Fix: "Enter a time server."}
	case s.state == Refusing:
		return s.refusal()
	case s.state == Silent:
		return warning(CodeSilent, fmt.Sprintf("No time server can be used: %s.", s.opinions()),
			"Check the time servers, and that the appliance reaches them.")
	case s.state == Doubting && lasting:
		return warning(CodeUnsynchronised, "The time that the time servers give jumps, so the clock is left alone.",
			"Enter other time servers.")
	case s.state != Unsynchronised:
		return nil
	case s.verdict.answered > 0 && !s.verdict.settled:
		return warning(CodeUnsynchronised, fmt.Sprintf("The time servers disagree, so the clock is left alone: %s.", s.opinions()),
			"Remove the time server that is wrong, or add one that decides.")
	case s.verdict.answered > 0:
		return warning(CodeUnsynchronised, fmt.Sprintf("The time that %s gives cannot be right, so the clock is left alone.", s.verdict.server),
			"Enter another time server.")
	case lasting && len(s.answers) > 0:
		return warning(CodeUnsynchronised, fmt.Sprintf("The clock is not synchronised: %s.", s.opinions()), "Check the time servers.")
	}
	return nil
}

func warning(code, text, fix string) *health.Warning {
	return &health.Warning{Code: code, Severity: health.Warn, Text: text, Fix: fix, FixURL: page}
}

// refusal explains a step that waits for consent.
func (s *Service) refusal() *health.Warning {
	direction := "behind"
	if s.refused < 0 {
		direction = "ahead of"
	}
	w := warning(CodeStepRefused, fmt.Sprintf("The clock is %s %s the time of %s. It was not set: without consent it is moved by %s a day at most.",
		readable(s.refused.Abs()), direction, s.verdict.server, readable(s.settings.MaxStep())),
		"Find out which of the two is right: consent to setting the clock, or enter another time server.")
	w.Severity = health.Critical
	return w
}

// opinions is what each server said, in half a sentence each.
func (s *Service) opinions() string {
	var parts []string
	for _, a := range s.answers {
		if a.problem != "" {
			parts = append(parts, a.server+" "+a.problem)
		} else {
			parts = append(parts, fmt.Sprintf("%s says %s", a.server, signed(a.offset)))
		}
	}
	return strings.Join(parts, "; ")
}
