// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"strings"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/vm"
)

// TestAutomaticUpdateByBIOSWithCtl: a box asks the update server and is brought
// up to date from a terminal (guide: Upgrade a Single Appliance Using Automatic
// Updates), on a machine that starts by BIOS.
func TestAutomaticUpdateByBIOSWithCtl(t *testing.T) {
	t.Parallel()
	server := box.StartUpdateServer(t, []string{newer}, []string{firstSite})
	server.Run(t, "enroll", "AUTO-1", "--customer", "c1")
	seed := layout.Seed{Serial: "AUTO-1", Update: server.Seed(t)}
	b := box.Start(t, vm.Spec{Name: "automatic-ctl", Firmware: vm.BIOS, Seed: seed.Encode()})
	shell := newTerminal(t)
	password := shell.file(t, "password", box.Password+"\n")
	b.FirstSignIn(t)
	shell.run(t, "login", b.URL(443), "--user", "admin", "--password-file", password, "--fingerprint", fingerprint.FindString(b.Console.Text()))

	step(t, "1 check for updates", func(t *testing.T) {
		shell.run(t, "updates", "check")
		list := read[applianceapi.Available](t, shell, "updates", "available")
		if len(list.Items) != 2 || list.Items[0].Title != "Base Software "+newer || list.Items[1].Title != "Bomgar-"+firstSite || list.Items[1].Hostname != "support.example.com" {
			t.Fatalf("available: %+v", list.Items)
		}
	})
	install := func(t *testing.T, title string, more ...string) string {
		for _, o := range read[applianceapi.Available](t, shell, "updates", "available").Items {
			if o.Title == title {
				shell.run(t, "updates", "download", o.Name)
			}
		}
		for _, o := range read[applianceapi.Available](t, shell, "updates", "available").Items {
			if o.Title == title {
				out, notes, code := shell.try(t, append([]string{"updates", "install", o.Package, "--yes", "--password-file", password}, more...)...)
				if code != 0 {
					t.Fatalf("exit code %d\n%s%s", code, out, notes)
				}
				return out + notes
			}
		}
		t.Fatalf("%s is not available", title)
		return ""
	}
	step(t, "2 install the site package", func(t *testing.T) {
		install(t, "Bomgar-"+firstSite, "--accept-license")
		if n := b.Resets(); n != 0 {
			t.Errorf("the machine was reset %d times for it", n)
		}
	})
	step(t, "3 install the Base software and follow it over the restart", func(t *testing.T) {
		said := install(t, "Base Software "+newer)
		if !strings.Contains(said, "does not answer; waiting") || !strings.Contains(said, "has proven itself") {
			t.Errorf("it says\n%s", said)
		}
	})
	step(t, "4 both run", func(t *testing.T) {
		s := read[applianceapi.Status](t, shell, "status")
		if s.BaseVersion != newer || len(s.SitePackages) != 1 || s.SitePackages[0].Version != firstSite {
			t.Errorf("status %+v", s)
		}
		past := read[applianceapi.List[applianceapi.Update]](t, shell, "updates", "history")
		if len(past.Items) != 1 || past.Items[0].State != "good" || past.Items[0].From != box.Base || past.Items[0].By != "admin" {
			t.Errorf("history %+v", past.Items)
		}
		shell.run(t, "updates", "check")
		if list := read[applianceapi.Available](t, shell, "updates", "available"); len(list.Items) != 0 {
			t.Errorf("still available: %+v", list.Items)
		}
	})
	step(t, "5 they are there after the next start too", func(t *testing.T) {
		shell.run(t, "reboot", "--yes", "--password-file", password, "--patience", (10 * time.Minute).String())
		if s := read[applianceapi.Status](t, shell, "status"); s.BaseVersion != newer || len(s.SitePackages) != 1 {
			t.Errorf("status %+v", s)
		}
	})
	b.KernelSays(t)
}
