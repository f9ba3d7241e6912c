// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"sync"
)

// queued bounds the frames waiting for a station that does not read; more are
// dropped, as a switch does.
const queued = 1024

// Port is one socket of the switch. At most one station is plugged in: a guest
// by Attach or the test itself by Open.
type Port struct {
	sw   *Switch
	name string
	lane [2]lane

	mu   sync.Mutex
	plug *plug
}

// plug is what sticks in a port until it is pulled.
type plug struct {
	out    chan []byte   // frames for the station
	pulled chan struct{} // closed when it is pulled
	close  func()        // lets the station's readers end
}

// Name is what the port was called when it was made.
func (p *Port) Name() string { return p.name }

// Impair sets the quality of one direction.
func (p *Port) Impair(d Direction, q Quality) { p.lane[d].setQuality(q) }

// Cut cuts the given directions, both if none is named. The station is not
// told: its link stays up.
func (p *Port) Cut(ds ...Direction) { p.setCut(true, ds) }

// Mend ends what Cut began, in both directions if none is named.
func (p *Port) Mend(ds ...Direction) { p.setCut(false, ds) }

func (p *Port) setCut(cut bool, ds []Direction) {
	if len(ds) == 0 {
		ds = []Direction{In, Out}
	}
	for _, d := range ds {
		p.lane[d].setCut(cut)
	}
}

// Unplug pulls out what is plugged in, if anything.
func (p *Port) Unplug() { p.replace(nil) }

// replace plugs in next, which may be nil, in place of what was there.
func (p *Port) replace(next *plug) {
	p.mu.Lock()
	old := p.plug
	p.plug = next
	p.mu.Unlock()
	if old != nil {
		close(old.pulled)
		old.close()
		p.sw.forget(p)
	}
}

// plugIn makes a plug and puts it in.
func (p *Port) plugIn(closeStation func()) *plug {
	pl := &plug{out: make(chan []byte, queued), pulled: make(chan struct{}), close: closeStation}
	p.replace(pl)
	return pl
}

// travel sends a frame along one direction of the port.
func (p *Port) travel(d Direction, data []byte) {
	if d == In {
		p.lane[In].travel(data, func(b []byte) { p.sw.forward(p, b) })
		return
	}
	p.lane[Out].travel(data, p.deliver)
}

// deliver hands a frame to the station; without one, or with one that is far
// behind, the frame is lost.
func (p *Port) deliver(data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.plug == nil {
		return
	}
	select {
	case p.plug.out <- data:
	default:
	}
}
