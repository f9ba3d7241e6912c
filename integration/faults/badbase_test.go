// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/client/applianceapi"
	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/vm"
)

// badBase is a Base software that does not work, and how it goes away.
type badBase struct {
	version  string
	fault    box.Fault
	starts   int    // how often it may start
	outside  int    // resets that it needs from outside, of those after its starts
	watchdog int    // resets by the watchdog
	reason   string // that people read
}

// didNotStart is said of a version that has said nothing itself.
const didNotStart = "did not start, or stopped before it had proven itself."

// badBases are tried one after the other, the newer later: systemd-boot would
// not try an older one.
var badBases = []badBase{
	{version: "4.2.1", fault: box.Panics, starts: 2, reason: didNotStart},
	{version: "4.2.2", fault: box.Freezes, starts: 2, watchdog: 2, reason: didNotStart},
	{version: "4.2.3", fault: box.Hangs, starts: 2, outside: 2, reason: didNotStart},
	{version: "4.2.4", fault: box.Dies, starts: 2, reason: didNotStart},
	{version: "4.2.5", fault: box.Unfit, starts: 1, reason: "Its pages do not answer, or its databases cannot be read."},
}

// The faults that are booted in every run; all of them are in the long one.
var usualFaults = map[vm.Firmware][]box.Fault{
	vm.UEFI: {box.Panics, box.Freezes, box.Hangs, box.Unfit},
	vm.BIOS: {box.Panics, box.Unfit},
}

// Waits that the seed shortens. The deadline leaves time for a look at the box
// during a trial, on a machine that is emulated beside others.
var shortWaits = layout.SeedTest{WatchdogTimeout: "10s", HealthDeadline: "60s", PanicDelay: "1s"}

// The tests of one firmware each install Base software that does not work, in
// each of several ways, on one machine. The old version comes back by itself,
// after as many starts of the new one as it is promised, says what happened,
// and has lost nothing: neither configuration nor site nor records. They are
// two tests and not one with two parts, since parts queue behind all other
// tests of the package, and these take the longest.
func TestABaseThatDoesNotWorkByUEFI(t *testing.T) { badBasesBy(t, vm.UEFI) }

func TestABaseThatDoesNotWorkByBIOS(t *testing.T) { badBasesBy(t, vm.BIOS) }

func badBasesBy(t *testing.T, firmware vm.Firmware) {
	t.Parallel()
	vendor := updatestest.NewVendor(t)
	seed := layout.Seed{Update: layout.SeedUpdate{TrustRoot: string(vendor.Root())}, Test: shortWaits}
	b := box.Start(t, vm.Spec{Name: "badbase-" + string(firmware), Firmware: firmware, DiskGiB: 4, Seed: seed.Encode()})
	sites := []string{box.SiteFile(t, vendor, "12.1.4"), box.SiteFile(t, vendor, "12.2.0")}
	m := furnished(t, b, sitesFor(firmware, sites))
	for _, bad := range badBases {
		if !booted(firmware, bad.fault) {
			continue
		}
		id := m.upload(t, box.BadBaseFile(t, vendor, bad.version, bad.fault))
		ok := t.Run(string(bad.fault), func(t *testing.T) { m.tried(t, bad, id, false) })
		if ok && long && bad.fault == box.Unfit {
			ok = t.Run("by force", func(t *testing.T) { m.tried(t, bad, id, true) })
		}
		if !ok {
			t.FailNow()
		}
	}
	m.signsInToSite(t)
}

// long is the run that boots everything.
var long = os.Getenv("UNDERSTUDY_LONG") != ""

// sitesFor is what is installed one after the other: the update of the site is
// seen by UEFI, and by BIOS in the long run.
func sitesFor(firmware vm.Firmware, all []string) []string {
	if firmware == vm.BIOS && !long {
		return all[:1]
	}
	return all
}

// booted reports whether a fault is booted in this run.
func booted(firmware vm.Firmware, fault box.Fault) bool {
	for _, f := range usualFaults[firmware] {
		if f == fault {
			return true
		}
	}
	return long
}

// tried installs a version that does not work and waits until the old one is
// back.
func (m *badBaseBox) tried(t *testing.T, bad badBase, id string, force bool) {
	resets, starts := m.b.Resets(), m.starts(bad)
	var visitor, leaver *applianceapi.Client
	if bad.fault == box.Unfit {
		leaver = m.b.API(t, "edith", box.Password)
	}
	m.reauthenticate(t)
	task, err := m.c.Install(m.b.Within(t, answer), id, applianceapi.Install{Force: force, Override: true}) // somebody may be signed in to the site
	if err != nil {
		t.Fatal(err)
	}
	for range bad.outside {
		m.b.Expect(t, bad.begins())
		if err := m.b.Reset(m.b.Within(t, answer)); err != nil {
			t.Fatal(err)
		}
	}
	if bad.fault == box.Unfit {
		m.b.Expect(t, bad.begins())
		visitor = m.duringTheTrial(t, id, leaver)
	}
	for range bad.watchdog {
		if _, err := m.b.WaitEvent(m.b.Within(t, time.Minute), "WATCHDOG"); err != nil {
			t.Fatal(err)
		}
	}
	m.b.Expect(t, `^understudy: supervise `+regexp.QuoteMeta(box.Base)+`-`)
	m.b.Up(t)
	m.c.Close()

	if n := m.starts(bad) - starts; n != bad.starts {
		t.Errorf("the new version has started %d times, want %d", n, bad.starts)
	}
	if n := m.b.Resets() - resets; n != bad.starts+1 {
		t.Errorf("the machine was reset %d times, want one into the new version and one after each of its %d starts", n, bad.starts)
	}
	m.saysWhatHappened(t, bad, task.ID)
	if _, err := m.c.Install(m.b.Within(t, answer), id, applianceapi.Install{}); applianceapi.StatusOf(err) != 409 || !strings.Contains(err.Error(), "was tried before") {
		t.Errorf("the same version again: %v", err)
	}
	m.lost(t)
	if visitor != nil {
		m.forgets(t, visitor, leaver)
	}
}

// begins matches the line on the console with which each start of it begins.
func (bad badBase) begins() string {
	if bad.fault == box.Unfit {
		return `^understudy: supervise ` + regexp.QuoteMeta(bad.version) + `-`
	}
	return `^badbase: ` + string(bad.fault)
}

// starts counts the starts of a version since power on.
func (m *badBaseBox) starts(bad badBase) int {
	return len(regexp.MustCompile(`(?m)`+bad.begins()).FindAllString(m.b.Console.Text(), -1))
}

// upload brings an update file and gives the package's id.
func (m *badBaseBox) upload(t *testing.T, path string) (id string) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m.reauthenticate(t)
	p, err := m.c.Upload(m.b.Within(t, time.Minute), bytes.NewReader(file), false)
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}
