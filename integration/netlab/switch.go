// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// keptBytes bounds the frames kept for the pcap file and for WaitFrame.
const keptBytes = 64 << 20

// Switch is a learning switch without VLANs. Its methods and those of its
// ports may be called from several goroutines.
type Switch struct {
	seed uint64

	mu      sync.Mutex
	ports   []*Port
	station map[MAC]*Port     // where an address was last seen
	blocked map[[2]*Port]bool // from, to
	log     []Frame           // oldest first
	logged  int               // bytes in log
	dropped int               // frames that fell off the front of log
	more    chan struct{}     // closed and replaced when log grows
	closed  bool
}

// New gives a switch whose accidents are drawn from seed.
func New(seed uint64) *Switch {
	return &Switch{
		seed:    seed,
		station: map[MAC]*Port{},
		blocked: map[[2]*Port]bool{},
		more:    make(chan struct{}),
	}
}

// Port adds a port. Names serve the pcap file, the failure messages and the
// draw of accidents; each is used once.
func (s *Switch) Port(name string) (*Port, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("add port %q: the switch is closed", name)
	}
	for _, p := range s.ports {
		if p.name == name {
			return nil, fmt.Errorf("add port %q: there is one of that name", name)
		}
	}
	p := &Port{sw: s, name: name}
	for d := range p.lane {
		p.lane[d].draw = rand.New(rand.NewPCG(s.seed, uint64(len(s.ports)*len(p.lane)+d)))
	}
	s.ports = append(s.ports, p)
	return p, nil
}

// Block stops frames that come in at from and would leave at to. The other
// direction is not touched, so that a partition may be one-sided.
func (s *Switch) Block(from, to *Port) { s.setBlocked(from, to, true) }

// Unblock ends what Block began.
func (s *Switch) Unblock(from, to *Port) { s.setBlocked(from, to, false) }

func (s *Switch) setBlocked(from, to *Port, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if on {
		s.blocked[[2]*Port{from, to}] = true
	} else {
		delete(s.blocked, [2]*Port{from, to})
	}
}

// Close unplugs every port. Frames already seen can still be read.
func (s *Switch) Close() {
	s.mu.Lock()
	s.closed = true
	ports := s.ports
	s.mu.Unlock()
	for _, p := range ports {
		p.Unplug()
	}
}

// forward passes on a frame that got through the way into the switch.
func (s *Switch) forward(from *Port, data []byte) {
	f := Frame{At: time.Now(), From: from.name, Data: data}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(f)
	if len(data) < headerLen {
		return // a runt: seen, kept, passed to nobody
	}
	if src := f.Src(); !src.group() {
		s.station[src] = from
	}
	if to := s.station[f.Dst()]; to != nil && !f.Dst().group() {
		s.pass(from, to, data)
		return
	}
	for _, to := range s.ports {
		s.pass(from, to, data)
	}
}

func (s *Switch) pass(from, to *Port, data []byte) {
	if from != to && !s.blocked[[2]*Port{from, to}] {
		to.travel(Out, data)
	}
}

// forget removes what was learned about a port whose plug was pulled.
func (s *Switch) forget(p *Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for m, at := range s.station {
		if at == p {
			delete(s.station, m)
		}
	}
}

func (s *Switch) keep(f Frame) {
	s.log = append(s.log, f)
	s.logged += len(f.Data)
	for s.logged > keptBytes {
		s.logged -= len(s.log[0].Data)
		s.log[0] = Frame{}
		s.log = s.log[1:]
		s.dropped++
	}
	close(s.more)
	s.more = make(chan struct{})
}

// Frames gives every frame kept so far, oldest first.
func (s *Switch) Frames() []Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Frame(nil), s.log...)
}

// WaitFrame waits for a frame that came in at or after since and that match
// accepts. A frame that has already been seen counts.
func (s *Switch) WaitFrame(ctx context.Context, since time.Time, match func(Frame) bool) (Frame, error) {
	for seen := 0; ; {
		s.mu.Lock()
		start := max(seen-s.dropped, 0)
		fresh := append([]Frame(nil), s.log[start:]...)
		seen = s.dropped + len(s.log)
		more := s.more
		s.mu.Unlock()
		for _, f := range fresh {
			if !f.At.Before(since) && match(f) {
				return f, nil
			}
		}
		select {
		case <-more:
		case <-ctx.Done():
			return Frame{}, fmt.Errorf("wait for a frame (%d seen on the LAN): %w", seen, context.Cause(ctx))
		}
	}
}
