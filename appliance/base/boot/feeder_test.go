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

// TestStarvedBoxIsReset starves a box that has no watchdog device, and one
// whose device does nothing. Both are restarted by the supervisor, the second
// only after the device had its chance.
func TestStarvedBoxIsReset(t *testing.T) {
	const timeout = 20 * time.Second
	for _, c := range []struct {
		name     string
		devices  []string
		patience time.Duration
	}{
		{"no device", nil, 0},
		{"a device that does nothing", []string{"dud"}, 2 * timeout},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSupervisor(Options{})
			s.dog.names = c.devices
			if err := s.setTimeout(timeout); err != nil {
				t.Fatal(err)
			}
			s.feed.allow(time.Minute)
			begun := time.Now()
			go s.feedWatchdog()
			got := <-s.commands
			if after := time.Since(begun) - time.Minute; after < c.patience || after > c.patience+timeout {
				t.Errorf("%s: restarted after %v without food", c.name, after)
			}
			if got.kind != Reboot || got.outcome != "unhealthy" {
				t.Errorf("%s: %+v", c.name, got)
			}
		})
	}
}
