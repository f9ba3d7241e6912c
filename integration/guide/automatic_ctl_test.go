// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"strings"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/person"
	"understudy/integration/vm"
)

// The box of the guide's figure, and the releases that lead from it to the
// newest ones.
const (
	oldBase   = "3.2.4"
	oldSite   = "12.1.4"
	newSite   = "19.1.1"
	newBase   = "5.1.0"
	siteTitle = "BeyondTrust " + newSite
)

// TestAutomaticUpdateByBIOSWithCtl: a box as old as that of the guide's figure
// asks the update server and climbs to the newest software from a terminal
// (guide: Upgrade a Single Appliance Using Automatic Updates), on a machine that
// starts by BIOS. What was there at the start is there at the end.
func TestAutomaticUpdateByBIOSWithCtl(t *testing.T) {
	t.Parallel()
	server := box.StartUpdateServer(t, []string{"3.3.2", "4.2.1", newBase}, []string{oldSite, "12.2.0", "14.2.1", "16.1.3", newSite})
	server.Run(t, "enroll", "AUTO-1", "--customer", "c1")
	seed := layout.Seed{Serial: "AUTO-1", Update: server.Seed(t)}
	b := box.Start(t, vm.Spec{Name: "automatic-ctl", Firmware: vm.BIOS, Artifacts: server.ImageWithSite(t, oldBase, oldSite), Seed: seed.Encode()})
	c := &climb{b: b, shell: newTerminal(t)}
	shell := c.shell
	c.password = shell.file(t, "password", box.Password+"\n")
	b.FirstSignIn(t)
	shell.run(t, "login", b.Pages(t), "--user", "admin", "--password-file", c.password, "--fingerprint", shownFingerprint(t, b))

	step(t, "1 the site software that the appliance has had for years", func(t *testing.T) {
		c.findsSite(t)
	})
	step(t, "2 a user and a setting, of the appliance and of its site", func(t *testing.T) {
		shell.run(t, "users", "add", "carol", "--display-name", "Carol of the night shift", "--password-file", c.password, "--new-password-file", shell.file(t, "carol", "paper boats on a pond\n"))
		shell.run(t, "clock", "set", "--zone", "Europe/Berlin")
		c.settleInSite(t)
	})
	step(t, "3 check for updates", func(t *testing.T) {
		shell.run(t, "updates", "check")
		list := read[applianceapi.Available](t, shell, "updates", "available").Items
		base, site := offer(t, list, "Base Software 3.3.2"), offer(t, list, "Bomgar-12.2.0")
		if !base.Installable || base.Reason != "" || !base.Restart {
			t.Errorf("%+v", base)
		}
		const sentence = `3.2.4 does not satisfy 12.2.0's requirements. Please install any other available package by clicking "Install this Update".`
		if site.Installable || site.Reason != sentence || site.Hostname != "support.example.com" || site.Licenses != 25 || !site.Expires.IsZero() {
			t.Errorf("%+v", site)
		}
		for _, o := range list {
			if o.Installable && o.Title != base.Title {
				t.Errorf("%s can be installed on %s and %s", o.Title, oldBase, oldSite)
			}
		}
		if out := shell.refuse(t, 1, "updates", "install", site.Title, "--yes", "--accept-license", "--override", "--password-file", c.password); !strings.Contains(out, sentence) {
			t.Errorf("it says\n%s", out)
		}
	})
	step(t, "4 a download key comes from Support before Base 3.3.2", func(t *testing.T) {
		if out := shell.refuse(t, 1, "updates", "key", "--password-file", c.password); !strings.Contains(out, "ask Support") {
			t.Errorf("it says\n%s", out)
		}
		elsewhere := person.New(t, server.URL, "")
		elsewhere.Open("/")
		elsewhere.Fill("Appliance Download Key", server.Run(t, "key", "AUTO-1"))
		elsewhere.Press("Show Available Updates")
		elsewhere.See("AUTO-1", "Base Software 3.3.2")
	})
	path := read[[]planStep](t, shell, "path", "--from", oldBase+"/"+oldSite, "--to", newSite)
	step(t, "5 the way to the newest software", func(t *testing.T) {
		if len(path) == 0 || path[0].Package != "Base Software 3.3.2" || path[len(path)-1].Package != siteTitle {
			t.Fatalf("%+v", path)
		}
	})
	for _, p := range path {
		step(t, "6 install "+p.Package, func(t *testing.T) { c.take(t, p) })
	}
	step(t, "7 nothing is left to install", func(t *testing.T) {
		shell.run(t, "updates", "check")
		if list := read[applianceapi.Available](t, shell, "updates", "available").Items; len(list) != 0 {
			t.Errorf("still available: %+v", list)
		}
		if n := b.Resets(); n != 3 {
			t.Errorf("the machine was reset %d times, want once for each Base software", n)
		}
	})
	step(t, "8 what was there at the start is there", func(t *testing.T) { c.isWhole(t, path) })
	b.SaysNothingWrong(t)
}

// planStep is what `understudyctl path --json` says of one install.
type planStep struct {
	Package string `json:"package"`
	Kind    string `json:"kind"`
	Version string `json:"version"`
}

func offer(t *testing.T, list []applianceapi.Offer, title string) applianceapi.Offer {
	t.Helper()
	for _, o := range list {
		if o.Title == title {
			return o
		}
	}
	t.Fatalf("%s is not available: %+v", title, list)
	return applianceapi.Offer{}
}

// climb is the automatic chapter: a terminal, and somebody who uses the site.
type climb struct {
	b        *box.Box
	shell    *terminal
	password string // file
	user     *person.Person
	updated  bool // somebody has installed a site package
	began    time.Time
}
