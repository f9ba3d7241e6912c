// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"understudy/appliance/audit"
)

const (
	pollEvery  = 64 * time.Second // while all is well
	retryEvery = 8 * time.Second  // while it is not
	patience   = 3                // polls without an answer before the servers count as silent
	day        = 24 * time.Hour   // what MaxStep is about
	saveEvery  = time.Hour        // how often the hardware clock gets the time
	horizon    = 25 * 365 * day   // no software runs longer than this after it was built
	consentFor = 10 * time.Minute // how long consent waits to be used
)

// run polls until ctx ends.
func (s *Service) run(ctx context.Context) {
	changed := s.Changed
	var asked []string
	for ctx.Err() == nil {
		asked = s.Servers()
		s.poll(ctx)
		next := retryEvery
		if s.Status().State == Synchronised {
			next = pollEvery
		}
		timer := time.NewTimer(next)
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				waiting = false
			case <-timer.C:
				waiting = false
			case <-s.wake:
				waiting = false
			case _, open := <-changed:
				if !open {
					changed = nil
				}
				// Other servers are asked at once; a mere change of addresses
				// matters only to a clock that is waiting to be set.
				waiting = slices.Equal(asked, s.Servers()) && s.Status().State == Synchronised
			}
		}
		timer.Stop()
	}
}

// poll asks all servers once and acts on what they say.
func (s *Service) poll(ctx context.Context) {
	s.polling.Lock()
	defer s.polling.Unlock()
	answers := s.askAll(ctx)
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	v := choose(answers)
	happened := s.classify(v)
	m := table[s.state][happened]
	s.answers = answers
	if happened != missed || s.state == Unsynchronised {
		s.verdict = v // an answer that was lost takes nothing back of the last one
	}
	again := m.to == s.state
	if !again {
		s.state, s.since = m.to, time.Now()
	}
	switch m.do {
	case refuse:
		again = again && (s.refused-v.offset).Abs() < time.Minute
		s.refused = v.offset
	case doubt:
		s.doubted = v.offset
	}
	s.mu.Unlock()
	s.act(ctx, m, v, happened, again)
}

// askAll polls every server that is not resting, all at the same time.
func (s *Service) askAll(ctx context.Context) []answer {
	servers := s.Servers()
	answers := make([]answer, len(servers))
	var group sync.WaitGroup
	for i, server := range servers {
		s.mu.Lock()
		until := s.resting[server]
		s.mu.Unlock()
		if left := time.Until(until); left > 0 {
			answers[i] = answer{server: server, problem: fmt.Sprintf("is left alone for another %s, as it asked", left.Round(time.Minute))}
			continue
		}
		group.Go(func() { answers[i] = s.ask(ctx, server) })
	}
	group.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range answers {
		if a.rest > 0 {
			s.resting[a.server] = time.Now().Add(a.rest)
		}
	}
	return answers
}

// classify names the outcome of a poll. The caller holds mu.
func (s *Service) classify(v verdict) event {
	if v.answered == 0 {
		if s.missed++; s.missed < patience {
			return missed
		}
		return nobody
	}
	s.missed = 0
	after := s.Clock.Now().Add(v.offset)
	switch {
	case !v.settled || after.Before(s.Built) || after.After(s.Built.Add(horizon)):
		return split
	case s.consented(v.offset):
		return consented
	case s.unset && v.offset >= SlewLimit:
		return off
	case v.offset.Abs() < SlewLimit && s.mayMove(v.offset):
		return inStep
	case !s.mayMove(v.offset):
		return tooFar
	case s.state == Doubting && (v.offset-s.doubted).Abs() > SlewLimit:
		return jumped
	}
	return off
}

// act does to the clock what was decided.
func (s *Service) act(ctx context.Context, m move, v verdict, happened event, again bool) {
	var err error
	switch m.do {
	case slew:
		err = s.Clock.Slew(v.offset)
	case step:
		if err = s.Clock.Step(v.offset); err == nil {
			s.record(ctx, s.stepper(happened), "clock.step", "ok", fmt.Sprintf("Set by %s, as %s says; %d of %d servers agree.", signed(v.offset), v.server, v.agree, v.answered))
		}
	case refuse:
		if !again {
			s.record(ctx, audit.System, "clock.step", "refused", fmt.Sprintf("%s wants the clock set by %s, which needs consent.", v.server, signed(v.offset)))
		}
		return
	default:
		return
	}
	if err != nil {
		s.Failed(err)
		s.mu.Lock()
		s.state, s.since = Unsynchronised, time.Now()
		s.mu.Unlock()
		return
	}
	s.settle(ctx, v, happened)
}

// settle remembers that the clock is right now.
func (s *Service) settle(ctx context.Context, v verdict, happened event) {
	s.mu.Lock()
	if happened != consented && !s.unset && counts(v.offset) {
		s.moves = append(s.moves, moved{time.Now(), v.offset})
	}
	s.unset, s.consent, s.refused, s.doubted = false, nil, 0, 0
	s.lastSync = s.Clock.Now()
	save := v.offset.Abs() >= SlewLimit || time.Since(s.saved) > saveEvery
	if save {
		s.saved = time.Now()
	}
	s.mu.Unlock()
	if counts(v.offset) {
		if err := s.keep(ctx); err != nil {
			s.Failed(err)
		}
	}
	if save {
		if err := s.Clock.Save(); err != nil {
			s.Failed(err)
		}
	}
}

// signed is an offset for people.
func signed(d time.Duration) string {
	if d >= 0 {
		return "+" + readable(d)
	}
	return "-" + readable(-d)
}

func readable(d time.Duration) string {
	switch {
	case d < time.Minute:
		return d.Round(time.Millisecond).String()
	case d < 2*day:
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%d days", int(d/day))
}
