// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"understudy/appliance/base/boot"
	"understudy/integration/box"
	"understudy/integration/vm"
)

// TestPowerCutInFirstBoot takes the power away from one and the same box in
// each step of its first boot, once as the step begins and once as it ends.
// Each boot must go on where the one before got to, and the last one must give
// a box that lacks nothing.
func TestPowerCutInFirstBoot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		moment string
		seed   badSeed
	}{{"start", unknownKey}, {"done", wrongType}} {
		t.Run(c.moment, func(t *testing.T) {
			t.Parallel()
			spec := vm.Spec{
				Name: "cut-" + c.moment, Firmware: vm.Direct, DiskGiB: 4,
				DiskPath: filepath.Join(t.TempDir(), "disk.qcow2"), Seed: c.seed.bytes, SeedVolume: c.seed.volume,
			}
			steps := boot.FirstBootSteps()
			reached := -1 // the step at which the power went last
			for reached < len(steps)-1 {
				b := box.PowerOn(t, spec)
				// The power may go late, on a busy host, and the box be further on
				// then than it should: the next start begins behind that.
				line := b.Expect(t, fmt.Sprintf(`^understudy: (first-boot (%s) %s|state ready)`, strings.Join(steps[reached+1:], "|"), c.moment))
				b.PowerCut()
				for _, done := range steps[:max(reached, 0)] {
					// A step may be repeated if its end did not reach the disk, the
					// one before the last cut at most.
					if said(b, "understudy: first-boot "+done+" start") {
						t.Errorf("after a cut in %s, %s began anew", steps[reached], done)
					}
				}
				if err := b.Close(); err != nil {
					t.Fatal(err)
				}
				at := slices.IndexFunc(steps, func(step string) bool { return strings.Contains(line, "first-boot "+step+" ") })
				if at != reached+1 {
					t.Logf("the cut before came late: the next start said %q", line)
				}
				if at < 0 {
					break
				}
				reached = at
			}
			b := box.Start(t, spec)
			seedRefused(t, b, c.seed)
			whole(t, b)
		})
	}
}
