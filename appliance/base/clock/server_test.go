// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"encoding/binary"
	"net"
	"sync"
	"testing"
	"time"
)

// timeServer is an NTP server on a loopback port whose clock, honesty and mood
// a test sets.
type timeServer struct {
	address string

	mu      sync.Mutex
	clock   func() time.Time
	silent  bool
	stratum byte
	leap    byte
	kiss    string
	asked   int
	jump    time.Duration // by which each answer differs from the one before
	sends   func()        // called when an answer is made, before it leaves; may be nil
	heard   chan struct{} // gets a token with the first question
}

func newServer(t *testing.T, clock func() time.Time) *timeServer {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s := &timeServer{address: c.LocalAddr().String(), clock: clock, stratum: 2, heard: make(chan struct{}, 1)}
	go func() {
		for b := make([]byte, 200); ; {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			if reply := s.reply(b[:n]); reply != nil {
				_, _ = c.WriteTo(reply, from)
			}
		}
	}()
	return s
}

func (s *timeServer) set(change func(*timeServer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *timeServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func (s *timeServer) isSilent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.silent
}

func (s *timeServer) reply(q []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked++; s.asked == 1 {
		s.heard <- struct{}{}
	}
	if s.silent || len(q) < 48 {
		return nil
	}
	now := s.clock().Add(time.Duration(s.asked) * s.jump)
	r := make([]byte, 48)
	r[0], r[1], r[2], r[3] = s.leap<<6|4<<3|4, s.stratum, 6, 0xec
	if s.kiss != "" {
		r[1] = 0
		copy(r[12:16], s.kiss)
	}
	copy(r[24:32], q[40:48])
	binary.BigEndian.PutUint64(r[16:], ntpTime(now.Add(-time.Minute)))
	binary.BigEndian.PutUint64(r[32:], ntpTime(now))
	binary.BigEndian.PutUint64(r[40:], ntpTime(now))
	if s.sends != nil {
		s.sends()
	}
	return r
}

// ntpTime is seconds since 1900 in 32 bits and the fraction in 32 more.
func ntpTime(t time.Time) uint64 {
	seconds := uint64(t.Unix() + 2208988800)
	return seconds<<32 | uint64(t.Nanosecond())<<32/1e9
}
