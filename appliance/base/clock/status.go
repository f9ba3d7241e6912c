// SPDX-License-Identifier: Apache-2.0

package clock

import "time"

// Status is how the clock stands. Offsets are what is to be added to it:
// positive when the box is behind.
type Status struct {
	State        State
	Unset        bool          // no time server is configured
	Synchronised bool          // the clock follows the time servers
	Waiting      bool          // Refused waits for consent
	Problem      string        // what is wrong, a sentence; empty if nothing is
	Now          time.Time     // in Zone
	Zone         string        // IANA name
	MaxStep      time.Duration // what the clock is moved by a day without consent
	Offset       time.Duration // last agreed; 0 if none was
	Server       string        // whose offset it is
	Stratum      int           // of that server: its distance from a reference clock
	LastSync     time.Time     // zero: not since the start
	Refused      *Step         // nil: none
	Servers      []Server      // as they answered last
}

// Step is a movement of the clock that was refused.
type Step struct {
	Offset time.Duration
	Server string // that wants it
	Agree  int    // servers of that opinion
}

// Server is what one time server said in the last poll.
type Server struct {
	Name    string
	Offset  time.Duration // of the best of its answers
	Stratum int
	Problem string // "does not answer" …; empty if it can be believed
}

// Status describes the clock now.
func (s *Service) Status() Status {
	now, servers := s.Clock.Now(), len(s.Servers())
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{State: s.state, Unset: servers == 0, Synchronised: s.state == Synchronised, Waiting: s.state == Refusing,
		Now: now.In(s.zone), Zone: s.settings.Zone, MaxStep: s.settings.MaxStep(),
		Offset: s.verdict.offset, Server: s.verdict.server, Stratum: s.verdict.stratum, LastSync: s.lastSync}
	if w := s.judge(servers); w != nil {
		st.Problem = w.Text
	}
	if st.Waiting {
		st.Refused = &Step{Offset: s.refused, Server: s.verdict.server, Agree: s.verdict.agree}
	}
	for _, a := range s.answers {
		st.Servers = append(st.Servers, Server{Name: a.server, Offset: a.offset, Stratum: a.stratum, Problem: a.problem})
	}
	return st
}
