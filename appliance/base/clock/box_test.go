// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/layout"
	"understudy/appliance/revision"
	"understudy/appliance/store"
)

// noon is the right time. It stands still, as does the box's clock: what is
// measured between the two does not depend on how quickly a test runs.
var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// machine is a clock that is wrong by offset; nothing that these tests do
// touches the clock of the machine they run on.
type machine struct {
	mu     sync.Mutex
	passed time.Duration // since noon
	offset time.Duration
	slews  []time.Duration
	steps  []time.Duration
	saves  int
	broken bool
}

func (m *machine) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return noon.Add(m.passed + m.offset)
}

// Up makes noon the moment at which the machine was started.
func (m *machine) Up() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.passed
}

// right is what a clock would show that is not wrong.
func (m *machine) right() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return noon.Add(m.passed)
}

func (m *machine) pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.passed += d
}

func (m *machine) Slew(d time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.slews = append(m.slews, d)
	m.offset += d
	return nil
}

func (m *machine) Step(d time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errors.New("operation not permitted")
	}
	m.steps = append(m.steps, d)
	m.offset += d
	return nil
}

func (m *machine) Save() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saves++
	return nil
}

// box is a clock service over real servers, polled by hand.
type box struct {
	*Service
	machine *machine
	log     *audit.Log
	t       *testing.T
	list    []*timeServer
	mu      sync.Mutex
}

var (
	admin = audit.Actor{Name: "admin", Address: "192.0.2.77", Via: "page"}
	built = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

func (b *box) servers(list ...*timeServer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = list
}

func (b *box) addresses() (list []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.list {
		list = append(list, s.address)
	}
	return list
}

// limit is how long a server may take: an answer that comes is waited for,
// however busy the machine is, one that does not come is not.
func (b *box) limit(server string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.list {
		if s.address == server && s.isSilent() {
			return 50 * time.Millisecond
		}
	}
	return time.Minute
}

// newBox makes a box whose clock is wrong by offset.
func newBox(t *testing.T, offset time.Duration) *box {
	t.Helper()
	dir := t.TempDir()
	open := func(name, schema string) *store.DB {
		db, err := store.Open(t.Context(), filepath.Join(dir, name), []store.Migration{{Name: name, SQL: schema}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	b := &box{machine: &machine{offset: offset}, t: t}
	b.log = audit.New(open("audit", audit.Schema1), time.Now)
	b.Service = New(Parts{
		Book: revision.New(open("book", revision.Schema1), time.Now), Journal: open("journal", Schema1),
		Audit: b.log, Clock: b.machine, Built: built,
		Servers:  b.addresses,
		Resolver: net.DefaultResolver,
		Failed:   func(err error) { t.Log(err) },
	})
	b.within = b.limit
	return b
}

// restart starts the service anew over what is stored; it is polled by hand again.
func (b *box) restart() {
	b.t.Helper()
	b.servers()
	ctx, stop := context.WithCancel(b.t.Context())
	defer stop()
	b.Service = New(b.Parts)
	b.within = b.limit
	if err := b.Start(ctx, layout.Seed{}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) polls(n int) {
	for range n {
		b.poll(b.t.Context())
	}
}

// stands fails the test unless the clock is in this state, with this warning
// and so far from the right time.
func (b *box) stands(state State, code string, wrong time.Duration) {
	b.t.Helper()
	if st := b.Status(); st.State != state || st.Synchronised != (state == Synchronised) || st.Waiting != (state == Refusing) {
		b.t.Errorf("state %+v, want %s", st, state)
	}
	got := ""
	for _, c := range b.Checks() {
		if w := c.Run(b.t.Context()); w != nil {
			got = w.Code
			if w.Code != c.Code || w.FixURL == "" || !strings.HasSuffix(w.Text, ".") || !strings.HasSuffix(w.Fix, ".") {
				b.t.Errorf("warning %+v of check %s", w, c.Code)
			}
		}
	}
	if got != code {
		b.t.Errorf("warning %q, want %q", got, code)
	}
	if off := b.machine.Now().Sub(b.machine.right()) - wrong; off.Abs() > SlewLimit {
		b.t.Errorf("the clock is wrong by %v, want %v", off+wrong, wrong)
	}
}
