// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/health"
	"understudy/appliance/layout"
)

func honest() time.Time { return noon }

func lying(by time.Duration) func() time.Time {
	return func() time.Time { return noon.Add(by) }
}

func TestSmallOffsetIsSlewed(t *testing.T) {
	t.Parallel()
	b := newBox(t, 60*time.Millisecond)
	b.servers(newServer(t, honest))
	b.polls(1)
	b.stands(Synchronised, "", 0)
	if len(b.machine.steps) != 0 || len(b.machine.slews) != 1 || b.machine.saves != 1 {
		t.Errorf("steps %v, slews %v, %d saves", b.machine.steps, b.machine.slews, b.machine.saves)
	}
	if st := b.Status(); st.Stratum != 2 || st.LastSync.IsZero() || (st.Offset+60*time.Millisecond).Abs() > time.Millisecond {
		t.Errorf("status %+v", st)
	}
}

func TestFirstOffsetIsStepped(t *testing.T) {
	t.Parallel()
	b := newBox(t, -3*time.Minute)
	b.servers(newServer(t, honest))
	b.polls(1)
	b.stands(Synchronised, "", 0)
	events, err := b.log.List(t.Context(), audit.Filter{Action: "clock.step"})
	if err != nil || len(events) != 1 || events[0].Name != "system" || !strings.Contains(events[0].Detail, "+3m0s") {
		t.Errorf("audit %+v, %v", events, err)
	}
}

// The row of the issue: a lying server must not move the clock further than
// stated, whatever the start.
func TestLiarNeedsConsent(t *testing.T) {
	t.Parallel()
	for _, start := range []time.Duration{0, 2 * time.Second} {
		b := newBox(t, start)
		liar := newServer(t, lying(3*time.Hour))
		b.servers(liar)
		b.polls(3)
		b.stands(Refusing, CodeStepRefused, start)
		if len(b.machine.steps)+len(b.machine.slews) != 0 {
			t.Errorf("moved by %v, %v", b.machine.steps, b.machine.slews)
		}
		events, err := b.log.List(t.Context(), audit.Filter{Action: "clock.step"})
		if err != nil || len(events) != 1 || events[0].Outcome != "refused" {
			t.Errorf("audit %+v, %v", events, err)
		}
		// The liar comes to its senses: all is well without anybody's help.
		liar.set(func(s *timeServer) { s.clock = honest })
		b.polls(2)
		b.stands(Synchronised, "", 0)
	}
}

func TestConsent(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	if err := b.Consent(t.Context(), admin); !errors.Is(err, ErrNoRefusal) {
		t.Errorf("consent to nothing: %v", err)
	}
	s := newServer(t, lying(3*time.Hour))
	b.servers(s)
	b.polls(1)
	if err := b.Consent(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	b.polls(1)
	b.stands(Synchronised, "", 3*time.Hour)
	events, err := b.log.List(t.Context(), audit.Filter{Action: "clock.step", Limit: 1})
	if err != nil || len(events) != 1 || events[0].Name != "admin" || events[0].Outcome != "ok" {
		t.Errorf("audit %+v, %v", events, err)
	}
	// It was for that step and for once.
	s.set(func(s *timeServer) { s.clock = lying(6 * time.Hour) })
	b.polls(3)
	b.stands(Refusing, CodeStepRefused, 3*time.Hour)
}

func TestConsentIsForWhatWasShown(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	s := newServer(t, lying(3*time.Hour))
	b.servers(s)
	b.polls(1)
	if err := b.Consent(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	s.set(func(s *timeServer) { s.clock = lying(5 * time.Hour) })
	b.polls(1)
	b.stands(Refusing, CodeStepRefused, 0)
}

// A clock in step is not thrown off by one strange poll, follows a real change
// at the second, and never wanders further in a day than stated.
func TestJumps(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	s := newServer(t, honest)
	b.servers(s)
	b.polls(1)
	s.set(func(s *timeServer) { s.clock = lying(10 * time.Minute) })
	b.polls(1)
	b.stands(Doubting, "", 0)
	s.set(func(s *timeServer) { s.clock = honest })
	b.polls(1)
	b.stands(Synchronised, "", 0)

	s.set(func(s *timeServer) { s.clock = lying(10 * time.Minute) })
	b.polls(2)
	b.stands(Synchronised, "", 10*time.Minute)

	// Each step is small enough, together they are not.
	s.set(func(s *timeServer) { s.clock = lying(20 * time.Minute) })
	b.polls(3)
	b.stands(Refusing, CodeStepRefused, 10*time.Minute)
}

func TestServerThatJumpsIsNotBelieved(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	s := newServer(t, honest)
	s.set(func(s *timeServer) { s.jump = time.Second })
	b.servers(s)
	b.polls(3)
	b.stands(Silent, CodeSilent, 0)
	if st := b.Status(); !strings.Contains(st.Servers[0].Problem, "jumps") {
		t.Errorf("%+v", st.Servers)
	}
}

// An answer that was under way for long says little of the time, and so nothing
// against its server.
func TestALateAnswerIsNoJump(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	s := newServer(t, b.machine.right)
	s.set(func(s *timeServer) {
		s.sends = func() {
			if s.asked == 2 {
				b.machine.pass(400 * time.Millisecond)
			}
		}
	})
	b.servers(s)
	b.polls(1)
	b.stands(Synchronised, "", 0)
}

// A server that gives another time at each poll is doubted for as long as it
// does.
func TestServerThatWandersIsDoubted(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	s := newServer(t, honest)
	b.servers(s)
	b.polls(1)
	for _, by := range []time.Duration{time.Minute, 2 * time.Minute, 3 * time.Minute, -time.Minute} {
		s.set(func(s *timeServer) { s.clock = lying(by) })
		b.polls(1)
		b.stands(Doubting, "", 0)
	}
	b.Service.mu.Lock()
	b.Service.since = b.Service.since.Add(-2 * grace)
	b.Service.mu.Unlock()
	b.stands(Doubting, CodeUnsynchronised, 0)
}

func TestSilence(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	s := newServer(t, honest)
	b.servers(s)
	b.polls(1)
	s.set(func(s *timeServer) { s.silent = true })
	b.polls(patience - 1)
	b.stands(Synchronised, "", 0)
	b.polls(1)
	b.stands(Silent, CodeSilent, 0)
	s.set(func(s *timeServer) { s.silent = false })
	b.polls(1)
	b.stands(Synchronised, "", 0)
}

// A lost answer does not make page and warning forget whose time was refused.
func TestARefusalOutlastsALostAnswer(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	s := newServer(t, lying(3*time.Hour))
	b.servers(s)
	b.polls(1)
	s.set(func(s *timeServer) { s.silent = true })
	b.polls(1)
	b.stands(Refusing, CodeStepRefused, 0)
	st := b.Status()
	if st.Refused == nil || st.Refused.Server != s.address || st.Refused.Agree != 1 || st.Server != s.address || st.Stratum != 2 {
		t.Errorf("refused %+v, status %+v", st.Refused, st)
	}
	if !strings.Contains(st.Problem, s.address) {
		t.Errorf("problem %q", st.Problem)
	}
	b.polls(patience - 1)
	if st := b.Status(); st.State != Silent || st.Server != "" {
		t.Errorf("after a while: %+v", st)
	}
}

func TestMajorityWins(t *testing.T) {
	t.Parallel()
	b := newBox(t, -time.Minute)
	good, fine, liar := newServer(t, honest), newServer(t, lying(20*time.Millisecond)), newServer(t, lying(time.Hour))
	b.servers(liar, good, fine)
	b.polls(1)
	b.stands(Synchronised, "", 0)
	// One against one is no majority.
	good.set(func(s *timeServer) { s.silent = true })
	b.polls(1)
	b.stands(Unsynchronised, CodeUnsynchronised, 0)
	if p := b.Status().Problem; !strings.Contains(p, "disagree") || !strings.Contains(p, "+1h0m0s") || !strings.Contains(p, "does not answer") {
		t.Errorf("problem %q", p)
	}
}

func TestServersNotToBeBelieved(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*timeServer)
		want   string
	}{
		"stratum 16":        {func(s *timeServer) { s.stratum = 16 }, "not synchronised"},
		"leap alarm":        {func(s *timeServer) { s.leap = 3 }, "not synchronised"},
		"kiss of death":     {func(s *timeServer) { s.kiss = "DENY" }, "does not serve this appliance (DENY)"},
		"rate":              {func(s *timeServer) { s.kiss = "RATE" }, "less often"},
		"kiss with escapes": {func(s *timeServer) { s.kiss = "\x1b[2J" }, "does not serve this appliance"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, time.Minute)
			s := newServer(t, honest)
			s.set(tc.change)
			b.servers(s)
			b.polls(1)
			if got := b.Status().Servers[0].Problem; !strings.Contains(got, tc.want) || strings.ContainsAny(got, "\x1b()") && tc.want == "does not serve this appliance" {
				t.Errorf("problem %q, want %q", got, tc.want)
			}
			asked := s.count()
			b.polls(2)
			b.stands(Silent, CodeSilent, time.Minute)
			if strings.Contains(name, "kiss") || name == "rate" {
				if s.count() != asked {
					t.Error("asked again although it was told not to")
				}
			}
		})
	}
}

func TestImpossibleTimes(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{built.Sub(noon) - 24*time.Hour, horizon + built.Sub(noon) + 24*time.Hour} {
		b := newBox(t, 0)
		b.servers(newServer(t, lying(by)))
		b.polls(1)
		b.stands(Unsynchronised, CodeUnsynchronised, 0)
		if err := b.Consent(t.Context(), admin); !errors.Is(err, ErrNoRefusal) {
			t.Errorf("an impossible time can be consented to: %v", err)
		}
	}
}

// A machine whose battery is empty starts in 1970: it gets a plausible time at
// once and the right one from its servers, without anybody's consent.
func TestEmptyBattery(t *testing.T) {
	t.Parallel()
	b := newBox(t, time.Unix(0, 0).Sub(noon))
	s := newServer(t, honest)
	b.servers(s)
	ctx, stop := context.WithCancel(t.Context())
	stop() // no polls but by hand
	if err := b.Start(ctx, layout.Seed{}); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if now := b.machine.Now(); now.Before(built) || now.After(built.Add(time.Minute)) {
		t.Errorf("lifted to %v", now)
	}
	b.polls(1)
	b.stands(Synchronised, "", 0)
	// From then on the usual limit holds.
	s.set(func(s *timeServer) { s.clock = lying(time.Hour) })
	b.polls(2)
	b.stands(Refusing, CodeStepRefused, 0)
}

// The program is restarted before any server has answered: the time of the box is
// as lost as before. Once it was right, it counts.
func TestEmptyBatteryOutlivesARestart(t *testing.T) {
	t.Parallel()
	b := newBox(t, time.Unix(0, 0).Sub(noon))
	b.machine.pass(time.Minute)
	b.restart()
	b.machine.pass(10 * time.Minute)
	b.restart()
	b.servers(newServer(t, b.machine.right))
	b.polls(1)
	b.stands(Synchronised, "", 0)
	b.restart()
	s := newServer(t, b.machine.right)
	s.set(func(s *timeServer) { s.clock = func() time.Time { return b.machine.right().Add(time.Hour) } })
	b.servers(s)
	b.polls(2)
	b.stands(Refusing, CodeStepRefused, 0)
}

func TestNoServers(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	b.polls(1)
	b.stands(Unsynchronised, CodeUnsynchronised, 0)
	if w := b.judge(0); w.Severity != health.Info {
		t.Errorf("severity %v", w.Severity)
	}
}

func TestClockThatCannotBeSet(t *testing.T) {
	t.Parallel()
	b := newBox(t, time.Minute)
	b.machine.broken = true
	b.servers(newServer(t, honest))
	b.polls(1)
	if st := b.Status(); st.Synchronised {
		t.Errorf("%+v", st)
	}
}
