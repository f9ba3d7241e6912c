// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"strings"
	"testing"

	"understudy/appliance/task"
)

// A new version that cannot use the stored state cannot read the journal
// either, and goes away all the same.
func TestATrialWithoutStateGoesBack(t *testing.T) {
	for _, firmware := range firmwares {
		t.Run(firmware, func(t *testing.T) {
			b := newBox(t, firmware)
			b.mark("before")
			id := b.install(Choice{})
			b.stop()
			b.boots++
			if got := b.machine.Boot(); got != newBase.ID() {
				t.Fatalf("it boots %s", got)
			}
			b.Running = newBase
			if err := b.Abandon(t.Context()); err != nil {
				t.Fatal(err)
			}
			if why := b.restart(); !strings.Contains(why, "cannot use the stored state") {
				t.Errorf("restart for %q", why)
			}
			if got := b.boot(); got != "3.3.2" {
				t.Fatalf("then it boots %s", got)
			}
			if end := b.end(id); end.State != task.Failed {
				t.Errorf("%+v", end)
			}
		})
	}
}

func TestAVersionThatIsNotOnTrialStays(t *testing.T) {
	b := newBox(t, "uefi")
	if err := b.Abandon(t.Context()); err != nil || len(b.restarts) != 0 {
		t.Errorf("%v, %d restarts", err, len(b.restarts))
	}
}
