// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/person"
	"understudy/integration/vm"
)

// The version that the manual chapter upgrades to.
const newer = "4.2.1"

// TestManualUpdateByUEFIAtThePages: Base software is brought as a file and
// installed at the pages (guide: Upgrade a Single Appliance Using Manual
// Updates), on a machine that starts by UEFI.
func TestManualUpdateByUEFIAtThePages(t *testing.T) {
	t.Parallel()
	vendor := updatestest.NewVendor(t)
	file := box.UpdateFile(t, vendor, newer)
	seed := layout.Seed{Update: layout.SeedUpdate{TrustRoot: string(vendor.Root())}}
	b := box.Start(t, vm.Spec{Name: "manual-pages", Firmware: vm.UEFI, Seed: seed.Encode()})
	p := b.FirstSignIn(t)
	at := func(name string, f func(t *testing.T)) {
		t.Helper()
		step(t, name, func(t *testing.T) { p.During(t, func() { f(t) }) })
	}
	at("1 see what is installed", func(t *testing.T) {
		p.Open("/appliance/updates")
		p.See("Base Software "+box.Base, "Manual Installation", "Nothing has been installed")
	})
	at("2 a file that was damaged on the way is refused", func(t *testing.T) {
		damaged := damagedCopy(t, file)
		p.Fill("Update File", damaged)
		p.Press("Update Software")
		p.See("check: hash")
		p.Open("/appliance/updates")
		if p.Page.Shows("Ready to Install") {
			t.Error("something of it was kept")
		}
	})
	at("3 bring the file", func(t *testing.T) {
		p.Fill("Update File", file)
		p.Press("Update Software")
		p.See("Base Software "+newer, "The appliance restarts by itself", "Clients are not changed.")
	})
	var task string
	at("4 install it", func(t *testing.T) {
		box.Confirm(p, "Install This Update", box.Password)
		task = p.Page.URL.Path
		if !strings.HasPrefix(task, "/appliance/status/tasks/") {
			t.Fatalf("the task is not shown but %s", task)
		}
	})
	at("5 follow it over the restart", func(t *testing.T) {
		p.Await(task, "the end of the update", b.Scale(2*time.Minute), func(page *person.Page) bool { return page.Shows("Done") || page.Shows("Failed") })
		p.See("Base Software "+newer+" is installed.", "set to be tried at the next start", "has proven itself")
		if n := b.Resets(); n != 1 {
			t.Errorf("the machine was reset %d times, want once", n)
		}
	})
	at("6 the new version runs, and the old one is history", func(t *testing.T) {
		p.Open("/appliance/status/basics")
		if got := p.Fact("Base Software Version"); got != newer {
			t.Errorf("version %s runs", got)
		}
		p.Open("/appliance/updates")
		p.See("Base Software "+newer, "Running", "Installed")
		p.Fill("Update File", file)
		p.Press("Update Software")
		p.See("is installed already")
	})
	at("7 it is there after the next start too", func(t *testing.T) {
		if err := b.Reset(b.Within(t, 10*time.Second)); err != nil {
			t.Fatal(err)
		}
		b.Up(t)
		p.Await("/appliance/status/basics", "the pages", b.Scale(time.Minute), func(page *person.Page) bool { return page.Status == 200 })
		if got := p.Fact("Base Software Version"); got != newer {
			t.Errorf("version %s runs", got)
		}
	})
	b.KernelSays(t)
}

// damagedCopy is a copy of a file with one byte changed in its last quarter.
func damagedCopy(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)*3/4] ^= 1
	damaged := filepath.Join(t.TempDir(), "damaged.usupd")
	if err := os.WriteFile(damaged, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return damaged
}
