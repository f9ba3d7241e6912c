// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/beevik/ntp"
)

// How a server is asked: several times in quick succession, so that one that
// contradicts itself shows it.
const (
	samples      = 3
	sampleEvery  = 100 * time.Millisecond
	answerWithin = 2 * time.Second
	maxDistance  = 3 * time.Second // to a reference clock; beyond it an answer is too vague
)

// answer is what one server said in one poll.
type answer struct {
	server   string
	stratum  int
	offset   time.Duration // to add to the clock
	distance time.Duration // how wrong that may be
	problem  string        // a sentence's end if the server cannot be believed
	silent   bool          // the problem is that it does not answer
	rest     time.Duration // it asked not to be asked for so long
}

// ask polls one server. It takes at most samples times answerWithin, and
// fails at once if the first question is not answered.
func (s *Service) ask(ctx context.Context, server string) answer {
	best := answer{server: server}
	var heard []answer
	var apart time.Duration // of the two answers that contradict each other most
	for i := range samples {
		if i > 0 && !rest(ctx, sampleEvery) {
			break
		}
		r, err := ntp.QueryWithOptions(server, ntp.QueryOptions{
			Timeout: s.within(server), GetSystemTime: s.Clock.Now, Dialer: s.dialer(ctx)})
		if err != nil {
			best.problem, best.silent = silence(err), true
			return best
		}
		if problem, rest := distrust(r); problem != "" {
			best.problem, best.rest = problem, rest
			return best
		}
		if i == 0 || r.RootDistance < best.distance {
			best.stratum, best.offset, best.distance = int(r.Stratum), r.ClockOffset, r.RootDistance
		}
		// One that was long under way says little, and contradicts little.
		for _, h := range heard {
			if d := (r.ClockOffset - h.offset).Abs(); d > tolerance(r.RootDistance, h.distance) {
				apart = max(apart, d)
			}
		}
		heard = append(heard, answer{offset: r.ClockOffset, distance: r.RootDistance})
	}
	if apart > 0 {
		best.problem = fmt.Sprintf("jumps: its answers differ by %s", apart.Round(time.Millisecond))
	}
	return best
}

// rest waits, and reports whether ctx lasted so long.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// dialer finds the server by the box's own name servers.
func (s *Service) dialer(ctx context.Context) func(string, string) (net.Conn, error) {
	return func(_, remote string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, s.within(remote))
		defer cancel()
		d := net.Dialer{Resolver: s.Resolver}
		return d.DialContext(ctx, "udp", remote)
	}
}

func silence(err error) string {
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		return "cannot be found: its name has no address"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "does not answer"
	}
	return "cannot be asked: " + err.Error()
}

// distrust says why a server's answer is no good, and how long to leave the
// server alone.
func distrust(r *ntp.Response) (problem string, rest time.Duration) {
	if r.IsKissOfDeath() {
		code := printable(r.KissCode)
		if code == "RATE" {
			return "asks to be asked less often", 15 * time.Minute
		}
		if code != "" {
			code = " (" + code + ")"
		}
		return "does not serve this appliance" + code, time.Hour
	}
	switch err := r.Validate(); {
	case errors.Is(err, ntp.ErrInvalidLeapSecond), errors.Is(err, ntp.ErrInvalidStratum):
		return "has no time itself: it is not synchronised", 0
	case err != nil:
		return "sends answers that cannot be right: " + err.Error(), 0
	case r.RootDistance > maxDistance:
		return fmt.Sprintf("is too vague: its time may be wrong by %s", r.RootDistance.Round(time.Second)), 0
	}
	return "", 0
}

// printable keeps what a server sends from reaching a page as it is.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '!' || r > '~' {
			return -1
		}
		return r
	}, s)
}
