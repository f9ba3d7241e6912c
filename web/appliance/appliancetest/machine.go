// SPDX-License-Identifier: Apache-2.0

package appliancetest

import (
	"context"
	"sync"
	"time"

	"understudy/appliance/base/boot"
	"understudy/hwprofiles"
)

// Time is the time that an appliance under test goes by.
type Time struct {
	mu  sync.Mutex
	now time.Time
}

// Start is when the tests take place: goldens show it.
var start = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

// Now returns it.
func (t *Time) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

// Pass lets time pass.
func (t *Time) Pass(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = t.now.Add(d)
}

// Machine plays the supervisor and the hardware: it notes what it was asked.
type Machine struct {
	mu    sync.Mutex
	asked []string
	more  chan struct{} // closed by the next request; nil while nobody waits
}

// Power notes the request.
func (m *Machine) Power(_ context.Context, kind boot.PowerKind, reason string) error {
	m.note("power " + string(kind) + ": " + reason)
	return nil
}

// FactoryReset notes the request.
func (m *Machine) FactoryReset(_ context.Context, reason string) error {
	m.note("reset: " + reason)
	return nil
}

func (m *Machine) note(s string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, s)
	if m.more != nil {
		close(m.more)
		m.more = nil
	}
}

// Await waits for the first request and lists what was asked.
func (m *Machine) Await() []string {
	m.mu.Lock()
	if len(m.asked) == 0 {
		if m.more == nil {
			m.more = make(chan struct{})
		}
		more := m.more
		m.mu.Unlock()
		<-more
		m.mu.Lock()
	}
	defer m.mu.Unlock()
	return append([]string(nil), m.asked...)
}

// Asked lists what was asked of the machine.
func (m *Machine) Asked() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.asked...)
}

// Size is that of a small machine with little memory.
func (m *Machine) Size() hwprofiles.Size {
	return hwprofiles.Size{CPUs: 2, MemoryMiB: 512, DiskGiB: 10}
}
