// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/faultdisk"
	"understudy/integration/faultdisk/espcheck"
	"understudy/integration/faultdisk/statecheck"
	"understudy/integration/vm"
)

// longRun is the run that takes its time.
var longRun = os.Getenv("UNDERSTUDY_LONG") != ""

// TestPowerCutInAnUpdate records every write of an update of the Base software,
// takes the power away at every flush of it, and asks what the next start would
// find: a boot partition from which both loaders start one of the two versions,
// whole, and a state that needs no repair. At each flush, what is not flushed is
// lost, or kept in part, or kept but for the end of its last write. Some of these
// disks are started, to hold the models of the loaders to the truth.
func TestPowerCutInAnUpdate(t *testing.T) {
	t.Parallel()
	for _, f := range []vm.Firmware{vm.BIOS, vm.UEFI} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			r := record(t, f)
			cuts := sweepESP(t, r)
			sweepState(t, r)
			for name, cut := range worthBooting(t, r, cuts) {
				t.Run(name, func(t *testing.T) { startAfter(t, r, cut) })
			}
		})
	}
}

// everyWay are the ways in which the power goes at a point. The long run lets
// chance choose more often.
func everyWay(point int) map[string]faultdisk.Policy {
	all := espcheck.Policies(uint64(point))
	if longRun {
		for i := range uint64(4) {
			for name, p := range espcheck.Policies(i<<32 | uint64(point)) {
				all[fmt.Sprint(name, " ", i)] = p
			}
		}
	}
	return all
}

func sweepESP(t *testing.T, r *recording) []espcheck.Cut {
	t.Helper()
	began := time.Now()
	cuts, err := r.checker.Sweep(t.Context(), r.disk, r.from, everyWay)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[faultdisk.Sum]bool{}
	for _, cut := range cuts {
		if cut.Err != nil && !kinds[cut.ESP] {
			t.Errorf("cut at flush %d, %s: %v", cut.Point, cut.Policy, cut.Err)
		}
		kinds[cut.ESP] = true
	}
	t.Logf("%d flushes, %d cuts: %d boot partitions in %.1f s", r.disk.Boundaries()-r.from, len(cuts), len(kinds), time.Since(began).Seconds())
	return cuts
}

func sweepState(t *testing.T, r *recording) {
	t.Helper()
	began := time.Now()
	gpt := layout.NewGPT()
	region := func(role layout.Role) faultdisk.Region {
		e, _ := gpt.Find(role)
		return faultdisk.Region{Offset: e.Offset(), Size: e.Size()}
	}
	c := statecheck.Checker{Meta: region(layout.MetaArea), State: region(layout.State), Dir: t.TempDir()}
	// The state has grown to the disk's end, but for the second partition table.
	c.State.Size = cutDiskSize - layout.MiB - c.State.Offset
	m, _ := layout.ReadMeta(io.NewSectionReader(r.disk, c.Meta.Offset, c.Meta.Size))
	c.Key = m.Key
	cuts, err := c.Sweep(t.Context(), r.disk, r.from, everyWay)
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	for _, cut := range cuts {
		if cut.Fresh {
			kinds++
		}
		if cut.Err != nil && cut.Fresh {
			t.Errorf("state after a cut at flush %d, %s: %v", cut.Point, cut.Policy, cut.Err)
		}
	}
	t.Logf("%d cuts: %d states in %.1f s", len(cuts), kinds, time.Since(began).Seconds())
}

// boots is the version that the firmware of the recording would start.
func (r *recording) boots(c espcheck.Cut) string {
	if r.firmware == vm.UEFI {
		return c.UEFI
	}
	return c.BIOS
}

// worthBooting picks the moments that matter, by what the boot partition says.
// A run that is not long starts two of them on each firmware: the others are
// the other firmware's.
func worthBooting(t *testing.T, r *recording, cuts []espcheck.Cut) map[string]espcheck.Cut {
	t.Helper()
	var turns []int // cuts after which the boot partition is another
	armed := -1     // the first that starts the new version
	for i, c := range cuts {
		if i > 0 && c.ESP != cuts[i-1].ESP {
			turns = append(turns, i)
		}
		if armed < 0 && c.Err == nil && r.boots(c) == r.newer {
			armed = i
		}
	}
	if armed < 1 || len(turns) < 4 || r.boots(cuts[len(cuts)-1]) != r.newer {
		t.Fatalf("%d changes of the boot partition, of which number %d is the first that starts %s", len(turns), armed, r.newer)
	}
	bless := turns[len(turns)-1] - 1
	all := map[string]espcheck.Cut{
		"as it begins":  cuts[0],
		"while staging": cuts[turns[len(turns)/3]],
		"before arming": cuts[armed-1],
		"after arming":  cuts[armed],
		"as it blesses": cuts[bless],
		"at the end":    cuts[len(cuts)-1],
	}
	if longRun {
		return all
	}
	few := []string{"while staging", "after arming"}
	if r.firmware == vm.UEFI {
		few = []string{"before arming", "as it blesses"}
	}
	return map[string]espcheck.Cut{few[0]: all[few[0]], few[1]: all[few[1]]}
}

// startAfter starts a disk that lost its power and sees that the version runs
// which the model says, that the task says what became of the update, and that
// the next one works if this did not.
func startAfter(t *testing.T, r *recording, cut espcheck.Cut) {
	if cut.Err != nil {
		t.Fatalf("not started: %v", cut.Err)
	}
	left := r.disk.Replay(cut.Point, everyWay(cut.Point)[cut.Policy])
	b := r.start(t, faultdisk.New(left, cutDiskSize))
	c := b.API(t, box.Admin, box.Password)
	if _, err := c.Task(b.Within(t, answer), r.task); applianceapi.StatusOf(err) == 404 {
		notBegun(t, b, c)
		return
	}
	task := ended(t, b, c, r.task)
	s, err := c.Status(b.Within(t, answer))
	if err != nil {
		t.Fatal(err)
	}
	past, err := c.Updates(b.Within(t, answer))
	if err != nil || len(past.Items) != 1 {
		t.Fatalf("history %+v, %v", past.Items, err)
	}
	told := fmt.Sprintf("cut at flush %d, %s: it runs %s, the update is %s (%s), its task %s: %s %s",
		cut.Point, cut.Policy, s.BaseVersion, past.Items[0].State, past.Items[0].Reason, task.State, task.Result+task.Error, task.NextStep)
	t.Log(told)
	switch {
	case r.boots(cut) == r.newer && (s.BaseVersion != newerBase || past.Items[0].State != "good" || task.State != "done"):
		t.Errorf("the model starts %s, which was to prove itself; %s", r.newer, told)
	case r.boots(cut) == r.older && (s.BaseVersion != box.Base || past.Items[0].State == "good" || task.State != "failed" || task.Error == "" || task.NextStep == ""):
		t.Errorf("the model starts %s, whose task was to say where the update stopped; %s", r.older, told)
	}
	if v, err := c.VerifyAudit(b.Within(t, answer)); err != nil || !v.OK {
		t.Errorf("the audit log: %+v, %v", v, err)
	}
	if s.BaseVersion == newerBase || !longRun {
		return
	}
	again(t, b, c, r)
}

// notBegun looks at a box that lost its power before anything of the update was
// on its disk.
func notBegun(t *testing.T, b *box.Box, c *applianceapi.Client) {
	t.Helper()
	s, err := c.Status(b.Within(t, answer))
	if err != nil || s.BaseVersion != box.Base {
		t.Errorf("it runs %s, %v", s.BaseVersion, err)
	}
	if past, err := c.Updates(b.Within(t, answer)); err != nil || len(past.Items) != 0 {
		t.Errorf("there is a history of what was not begun: %+v, %v", past.Items, err)
	}
}

// again installs the update that was interrupted.
func again(t *testing.T, b *box.Box, c *applianceapi.Client, r *recording) {
	t.Helper()
	// One that was set to be tried counts as tried, and needs to be forced.
	task := install(t, b, c, r.update, applianceapi.Install{Force: true})
	b.Up(t)
	c.Close()
	if end := ended(t, b, c, task); end.State != "done" {
		t.Errorf("the same update after that: %+v", end)
	}
}
