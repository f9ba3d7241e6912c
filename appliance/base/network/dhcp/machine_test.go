// SPDX-License-Identifier: Apache-2.0

package dhcp

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// Every state must be able to end up with a lease again, and none may keep one
// that a server took back or that is over.
func TestTableIsSafe(t *testing.T) {
	for s := range states {
		for e := range events {
			m := table[s][e]
			if m.to < 0 || m.to >= states {
				t.Fatalf("state %d, event %d leads nowhere", s, e)
			}
			if (e == refused || e == expired) && (m.to != selecting || s != selecting && m.do != lose) {
				t.Errorf("state %d keeps its lease on event %d", s, e)
			}
			if m.to == bound && m.do != keep {
				t.Errorf("state %d is bound by event %d without telling", s, e)
			}
			if s != selecting && m.to == selecting && m.do != lose {
				t.Errorf("state %d forgets its lease on event %d without telling", s, e)
			}
		}
		// By silence and time alone every state comes back to looking.
		seen, at := map[state]bool{}, s
		for !seen[at] && at != selecting {
			seen[at] = true
			at = table[at][expired].to
		}
		if at != selecting {
			t.Errorf("state %d never starts over", s)
		}
	}
}

// script answers questions in turn and notes when they came.
type script struct {
	start   time.Time
	answers []error // nil: granted; the last one repeats
	asked   []question
}

type question struct {
	after time.Duration
	what  string
}

var (
	errSilence = errors.New("no answer")
	hourLease  = Lease{Address: netip.MustParsePrefix("192.0.2.50/24"), Duration: time.Hour, Renew: 30 * time.Minute, Rebind: 50 * time.Minute}
)

func (s *script) answer(what string) (Lease, error) {
	s.asked = append(s.asked, question{time.Since(s.start), what})
	err := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	if err != nil {
		return Lease{}, err
	}
	return hourLease, nil
}

func (s *script) discover(context.Context) (Lease, error) { return s.answer("discover") }
func (s *script) extend(_ context.Context, _ Lease, any bool) (Lease, error) {
	if any {
		return s.answer("rebind")
	}
	return s.answer("renew")
}

// play runs a client against the script for so long and returns what was told
// and asked.
func play(t *testing.T, s *script, length time.Duration, meanwhile func(*Client)) (told []string) {
	synctest.Test(t, func(t *testing.T) {
		s.start = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		c := newClient(s, func(Lease) { told = append(told, "bound") }, func() { told = append(told, "lost") })
		if meanwhile != nil {
			go meanwhile(c)
		}
		c.Run(ctx)
	})
	return told
}

func TestLeaseIsRenewedInTime(t *testing.T) {
	s := &script{answers: []error{nil}}
	told := play(t, s, 70*time.Minute, nil)
	want := []question{{0, "discover"}, {30 * time.Minute, "renew"}, {60 * time.Minute, "renew"}}
	if !slices.Equal(s.asked, want) {
		t.Errorf("asked %v, want %v", s.asked, want)
	}
	if !slices.Equal(told, []string{"bound", "bound", "bound"}) {
		t.Errorf("told %v", told)
	}
}

func TestLeaseEndsWhenNobodyAnswers(t *testing.T) {
	s := &script{answers: []error{nil, errSilence}}
	told := play(t, s, 59*time.Minute+59*time.Second, nil)
	if !slices.Equal(told, []string{"bound"}) {
		t.Errorf("before the lease is over: %v", told)
	}
	s = &script{answers: []error{nil, errSilence}}
	told = play(t, s, 61*time.Minute, nil)
	if !slices.Equal(told, []string{"bound", "lost"}) {
		t.Errorf("after the lease: %v", told)
	}
	var order []string
	for _, q := range s.asked {
		if len(order) == 0 || order[len(order)-1] != q.what {
			order = append(order, q.what)
		}
	}
	if !slices.Equal(order, []string{"discover", "renew", "rebind", "discover"}) {
		t.Errorf("asked %v", s.asked)
	}
	if n := len(s.asked); n > 30 {
		t.Errorf("%d questions in an hour are too many", n)
	}
}

func TestRefusalGivesTheAddressUpAtOnce(t *testing.T) {
	s := &script{answers: []error{nil, errRefused, nil}}
	told := play(t, s, 31*time.Minute, nil)
	if !slices.Equal(told, []string{"bound", "lost", "bound"}) {
		t.Errorf("told %v", told)
	}
}

// Plugging the box into a network must not wait for a minute's pause.
func TestReplugging(t *testing.T) {
	s := &script{answers: []error{errSilence, errSilence, errSilence, errSilence, errSilence, errSilence, nil, errRefused, nil}}
	told := play(t, s, 10*time.Minute, func(c *Client) {
		time.Sleep(90 * time.Second) // deep in a pause of a minute
		c.Replugged()
		time.Sleep(time.Minute) // bound: moved to another network
		c.Replugged()
	})
	if !slices.Equal(told, []string{"bound", "lost", "bound"}) {
		t.Errorf("told %v", told)
	}
	if !slices.Contains(s.asked, question{90 * time.Second, "discover"}) ||
		!slices.Contains(s.asked, question{150 * time.Second, "rebind"}) {
		t.Errorf("asked %v", s.asked)
	}
}

// The servers of another network may be silent about a lease that they do not
// know, and a switch port takes its time: the box must not wait for half of a
// long lease, nor give up one that may still be good.
func TestReplugIntoSilence(t *testing.T) {
	// Two rounds of silence, an offer that is taken back, and one that holds.
	s := &script{answers: []error{nil, errSilence, errSilence, errSilence, errSilence, errSilence, errRefused, errSilence, nil}}
	replug := func(c *Client) {
		time.Sleep(5 * time.Minute)
		c.Replugged()
	}
	told := play(t, s, 6*time.Minute, replug)
	if !slices.Equal(told, []string{"bound", "bound"}) {
		t.Errorf("a minute after the cable came back: told %v, asked %v", told, s.asked)
	}
	// Nobody answers: the lease is kept to its end.
	s = &script{answers: []error{nil, errSilence}}
	if told := play(t, s, 59*time.Minute, replug); !slices.Equal(told, []string{"bound"}) {
		t.Errorf("before the lease is over: told %v", told)
	}
	s = &script{answers: []error{nil, errSilence}}
	if told := play(t, s, 61*time.Minute, replug); !slices.Equal(told, []string{"bound", "lost"}) {
		t.Errorf("after the lease: told %v", told)
	}
}

func TestPausesGrowToAMinute(t *testing.T) {
	s := &script{answers: []error{errSilence}}
	play(t, s, 10*time.Minute, nil)
	for i, want := range []time.Duration{0, 2, 6, 14, 30, 62, 122, 182} {
		if got := s.asked[i].after; got != want*time.Second {
			t.Errorf("question %d came after %v, want %v", i, got, want*time.Second)
		}
	}
}
