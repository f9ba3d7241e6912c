// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestFiveDeathsInAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &crashes{now: time.Now}
		var waits []time.Duration
		for range crashLimit - 1 {
			wait, tooMany := c.add()
			if tooMany {
				t.Fatalf("too many after %d", c.count())
			}
			waits = append(waits, wait)
			time.Sleep(wait)
		}
		for i := 1; i < len(waits); i++ {
			if waits[i] <= waits[i-1] {
				t.Errorf("waits do not grow: %v", waits)
			}
		}
		if _, tooMany := c.add(); !tooMany {
			t.Error("the fifth death within a minute is not too many")
		}
		if c.count() != crashLimit {
			t.Errorf("counted %d", c.count())
		}
	})
}

func TestDeathsFarApartAreForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &crashes{now: time.Now}
		for range 100 {
			wait, tooMany := c.add()
			if tooMany || wait > maxBackoff {
				t.Fatalf("after %d deaths: wait %v, too many %v", c.count(), wait, tooMany)
			}
			time.Sleep(crashWindow / (crashLimit - 1))
		}
		if c.count() != 100 {
			t.Errorf("counted %d", c.count())
		}
	})
}
