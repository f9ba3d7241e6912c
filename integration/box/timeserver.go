// SPDX-License-Identifier: Apache-2.0

package box

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// TimeServer is an NTP server on this host, whose clock may be off.
type TimeServer struct {
	Addr string // as the guest reaches it

	off  func() time.Duration
	mute bool

	mu    sync.Mutex
	asked int
}

// StartTimeServer serves until the test ends. A mute one never answers. The
// guest's network has this host's loopback at 10.0.2.2.
func StartTimeServer(t testing.TB, mute bool, off func() time.Duration) *TimeServer {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s := &TimeServer{Addr: fmt.Sprintf("10.0.2.2:%d", conn.LocalAddr().(*net.UDPAddr).Port), off: off, mute: mute}
	go s.serve(conn)
	return s
}

// serve answers as RFC 5905 has it: stratum 2, leap indicator 0, version as
// asked, mode 4.
func (s *TimeServer) serve(conn *net.UDPConn) {
	in := make([]byte, 512)
	for {
		n, from, err := conn.ReadFromUDP(in)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.asked++
		s.mu.Unlock()
		if n < 48 || s.mute {
			continue
		}
		now := ntpTime(time.Now().Add(s.off()))
		out := make([]byte, 48)
		out[0], out[1], out[2], out[3] = in[0]&0x38|4, 2, in[2], 0xec
		copy(out[12:], "TEST")
		binary.BigEndian.PutUint64(out[16:], now-1<<32) // reference: a second ago
		copy(out[24:32], in[40:48])                     // origin: what the client sent
		binary.BigEndian.PutUint64(out[32:], now)
		binary.BigEndian.PutUint64(out[40:], now)
		conn.WriteToUDP(out, from)
	}
}

// ntpTime counts from 1900 in units of 2^-32 seconds.
func ntpTime(t time.Time) uint64 {
	const since1900 = 2208988800
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// WasAsked is how many requests have come.
func (s *TimeServer) WasAsked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}
