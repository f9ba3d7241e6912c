// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Direction is one of the two lanes of a port.
type Direction int

const (
	In  Direction = iota // from the station into the switch
	Out                  // from the switch to the station
)

// Quality says what happens to the frames of one lane. The zero value is a
// perfect wire.
type Quality struct {
	Loss      float64       // share of frames that vanish, 0 to 1
	Duplicate float64       // share of frames that arrive twice, 0 to 1
	Delay     time.Duration // what every frame waits
	Jitter    time.Duration // up to so much more; frames may overtake each other
}

// lane is one direction of a port. It delivers while it holds its lock, so
// that frames of equal delay keep their order. Locks are taken in the order
// of travel: the lane in, the switch, the lane out.
type lane struct {
	mu      sync.Mutex
	draw    *rand.Rand
	quality Quality
	cut     bool
	waiting []delayed // by due time
	timer   *time.Timer
}

type delayed struct {
	due  time.Time
	data []byte
}

// travel decides the fate of one frame and hands it to deliver, now or later.
// Three numbers are drawn for each frame whatever the quality is, so that the
// fate of the n-th frame does not hang on earlier settings.
func (l *lane) travel(data []byte, deliver func([]byte)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lost, doubled, late := l.draw.Float64(), l.draw.Float64(), l.draw.Float64()
	if l.cut || lost < l.quality.Loss {
		return
	}
	copies := 1
	if doubled < l.quality.Duplicate {
		copies = 2
	}
	wait := l.quality.Delay + time.Duration(late*float64(l.quality.Jitter))
	for range copies {
		if wait == 0 && len(l.waiting) == 0 {
			deliver(data)
		} else {
			l.hold(delayed{time.Now().Add(wait), data}, deliver)
		}
	}
}

// hold queues a frame behind those due no later.
func (l *lane) hold(d delayed, deliver func([]byte)) {
	i, _ := slices.BinarySearchFunc(l.waiting, d, func(a, b delayed) int {
		if a.due.After(b.due) {
			return 1
		}
		return -1
	})
	l.waiting = slices.Insert(l.waiting, i, d)
	if i > 0 {
		return // the timer is set for an earlier frame
	}
	if l.timer != nil {
		l.timer.Stop()
	}
	l.timer = time.AfterFunc(time.Until(d.due), func() { l.release(deliver) })
}

func (l *lane) release(deliver func([]byte)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) > 0 && !l.waiting[0].due.After(time.Now()) {
		deliver(l.waiting[0].data)
		l.waiting = l.waiting[1:]
	}
	if len(l.waiting) > 0 {
		l.timer = time.AfterFunc(time.Until(l.waiting[0].due), func() { l.release(deliver) })
	}
}

func (l *lane) setQuality(q Quality) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quality = q
}

// setCut cuts or mends the lane; what is on its way when it is cut is lost.
func (l *lane) setCut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	if cut {
		l.waiting = nil
	}
}
