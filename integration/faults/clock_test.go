// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"math"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/integration/box"
)

// timeServers are those that a box is given one after the other.
type timeServers struct{ honest, lying, jumping, silent *box.TimeServer }

func newTimeServers(t *testing.T) timeServers {
	return timeServers{
		honest:  box.StartTimeServer(t, false, func() time.Duration { return 0 }),
		lying:   box.StartTimeServer(t, false, func() time.Duration { return liesBy }),
		jumping: box.StartTimeServer(t, false, func() time.Duration { return time.Duration(time.Now().Unix()/30%2*2-1) * 48 * time.Hour }),
		silent:  box.StartTimeServer(t, true, nil),
	}
}

// mostStep is how far the clock may move by itself once the box is up, and
// liesBy is more, but less than a session may idle.
const (
	mostStep = 15 * time.Minute
	liesBy   = 20 * time.Minute
)

// lyingClocks gives the box one time server after the other. Whatever they
// say, the clock moves by no more than the stated step without consent, and
// health tells what is wrong. It leaves the box with a silent one, whose
// silence takes a while to be sure of: see silentClock.
func lyingClocks(t *testing.T, n *network, servers timeServers) {
	t.Run("honest", func(t *testing.T) {
		n.t = t
		n.b.Until(t, "the clock follows the time server", func() bool { return n.clock().State == "synchronised" })
		c := n.clock()
		if c.MaxStepSeconds != int(mostStep/time.Second) {
			t.Errorf("the clock may be moved by %d s", c.MaxStepSeconds)
		}
		if len(c.Servers) != 1 || c.Servers[0].Name != servers.honest.Addr || c.LastSync.IsZero() || math.Abs(c.OffsetMillis) > 5000 {
			t.Errorf("clock %+v", c)
		}
	})
	t.Run("lying", func(t *testing.T) {
		n.t = t
		n.follow(servers.lying)
		n.b.Until(t, "the step is refused and health says so", func() bool { return n.offers(liesBy) && n.warns("clock.step-refused") })
		n.unmoved()
	})
	t.Run("consent moves the clock, and back", func(t *testing.T) {
		n.t = t
		n.consent()
		n.b.Until(t, "the clock follows after consent", func() bool { return time.Until(n.clock().Time) > mostStep })
		n.follow(servers.honest)
		n.b.Until(t, "the step back is refused", func() bool { return n.offers(-liesBy) })
		n.reauthenticate() // by the box's clock, the password was given long ago
		n.consent()
		n.b.Until(t, "the clock is right again", func() bool { return n.clock().State == "synchronised" })
		n.unmoved()
	})
	t.Run("jumping", func(t *testing.T) {
		n.t = t
		n.follow(servers.jumping)
		n.b.Until(t, "the step is refused", func() bool { return n.clock().State == "refused" })
		n.unmoved()
	})
	n.t = t
	n.follow(servers.silent)
}

// silentClock is told of by health when nobody has answered for long enough.
func silentClock(t *testing.T, n *network, servers timeServers) {
	n.t = t
	n.b.Until(t, "health tells of the silence", func() bool { return n.warns("clock.silent") })
	if servers.silent.WasAsked() == 0 {
		t.Error("the silent server was never asked")
	}
	if n.warns("clock.step-refused") {
		t.Error("health still tells of a step")
	}
	n.unmoved()
}

// offers reports whether the box asks for consent to a step of about this size.
func (n *network) offers(by time.Duration) bool {
	n.t.Helper()
	c := n.clock()
	return c.RefusedStep != nil && math.Abs(c.RefusedStep.OffsetMillis-float64(by.Milliseconds())) < 5000
}

// unmoved checks that the box's clock is right.
func (n *network) unmoved() {
	n.t.Helper()
	const mayBeOff = 10 * time.Second
	asked := time.Now() // the box may be slow to answer
	now := n.clock().Time
	if now.Before(asked.Add(-mayBeOff)) || now.After(time.Now().Add(mayBeOff)) {
		n.t.Errorf("the clock says %v between %v and %v", now, asked, time.Now())
	}
}

// follow sets the box's time server.
func (n *network) follow(s *box.TimeServer) {
	n.t.Helper()
	before := n.get()
	config := clone(before.Config)
	config.NTP = []string{s.Addr}
	changed, err := n.change(before.Revision, config)
	if err != nil || changed.Pending != nil {
		n.t.Fatalf("set the time server: %+v, %v", changed, err)
	}
}

func (n *network) clock() applianceapi.Clock {
	n.t.Helper()
	c, err := n.c.Clock(n.b.Within(n.t, answer))
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

func (n *network) consent() {
	n.t.Helper()
	if err := n.c.ConsentClockStep(n.b.Within(n.t, answer)); err != nil {
		n.t.Fatal(err)
	}
}

func (n *network) warns(code string) bool {
	n.t.Helper()
	h, err := n.c.Health(n.b.Within(n.t, answer))
	if err != nil {
		n.t.Fatal(err)
	}
	for _, w := range h.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}
