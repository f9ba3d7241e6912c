// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestFeeder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &feeder{now: time.Now}
		if f.fed() {
			t.Error("fed before anyone allowed it")
		}
		f.allow(3 * time.Minute) // the grace of a boot
		time.Sleep(3*time.Minute - 1)
		if !f.fed() {
			t.Error("not fed within the grace")
		}
		f.allow(time.Minute) // a good word counts from when it is said
		time.Sleep(time.Minute - 1)
		if !f.fed() {
			t.Error("not fed within the health deadline")
		}
		time.Sleep(1)
		if f.fed() {
			t.Error("fed after the health deadline")
		}
	})
}

// TestGoodWordEndsTheGrace holds that one early good word does not leave the
// rest of a long grace to a program that hangs right after it.
func TestGoodWordEndsTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &feeder{now: time.Now}
		f.allow(time.Hour)
		f.allow(time.Second)
		time.Sleep(time.Second)
		if f.fed() {
			t.Error("fed by a grace that was over")
		}
	})
}

// TestWithoutWatchdogTheSupervisorResets starves a box that has no watchdog
// device.
func TestWithoutWatchdogTheSupervisorResets(t *testing.T) {
	s := newSupervisor(Options{})
	s.setInterval(4 * time.Millisecond)
	s.feed.allow(2 * time.Millisecond)
	go s.feedWatchdog()
	if c := <-s.commands; c.kind != Reboot || c.outcome != "unhealthy" {
		t.Errorf("command %+v", c)
	}
}
