// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"path/filepath"
	"testing"
	"time"

	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/chromium"
	"understudy/integration/vm"
)

// The versions that the manual chapter upgrades to.
const (
	newer      = "4.2.1"
	firstSite  = "12.2.0"
	secondSite = "14.2.1"
)

// tooEarly is how far the appliance's clock is ahead at the start: more than a
// key may be from the future, and little enough for a time server to put it
// right without consent.
const tooEarly = 13 * time.Minute

// TestManualUpdateByUEFIInABrowser: a box that reaches no update server gets
// site and Base software by files, in a real browser (guide: Upgrade a Single
// Appliance Using Manual Updates), on a machine that starts by UEFI.
func TestManualUpdateByUEFIInABrowser(t *testing.T) {
	t.Parallel()
	server := box.StartUpdateServer(t, []string{newer}, []string{firstSite, secondSite})
	seed := layout.Seed{Serial: "MANUAL-1", Update: server.Seed(t)}
	// Who waits for the image or for room afterwards has a clock that is less wrong.
	image, room := box.Image(t, box.Base), vm.ReserveT(t, 1)
	b := box.Start(t, vm.Spec{Name: "manual-browser", Firmware: vm.UEFI, Artifacts: image, Seed: seed.Encode(), Clock: time.Now().Add(tooEarly), Room: room})
	c := chromium.StartT(t)
	m := &manual{b: b, p: newReader(t, c, b.Pages(t)), elsewhere: newReader(t, c, server.URL), dir: t.TempDir()}
	p, elsewhere := m.p, m.elsewhere
	at := func(name string, f func(t *testing.T)) {
		t.Helper()
		step(t, name, func(t *testing.T) { elsewhere.during(t, func() { p.during(t, func() { f(t) }) }) })
	}
	at("1 sign in, with the change of password that is asked for", func(t *testing.T) {
		m.signIn(p, "/appliance")
		p.see("Appliance Model")
	})
	at("2 a key of an appliance whose clock is wrong leads to its clock", func(t *testing.T) {
		m.makeKey()
		m.enterKey()
		elsewhere.see("ahead of the update server's", "/appliance > Status > Basics", "NTP server")
		elsewhere.tab.Forgive(403)
	})
	at("3 a time server puts the clock right", func(t *testing.T) {
		ntp := box.StartTimeServer(t, false, func() time.Duration { return 0 })
		p.open("/appliance/networking/ip")
		p.fill("NTP Servers", ntp.Addr)
		p.pressBeside("NTP Servers", "Save Changes")
		p.open("/appliance/status/basics")
		p.await("the clock follows the time server", b.Scale(time.Minute), func() bool { return p.shows("Time Servers Synchronised") },
			func() error { p.open("/appliance/status/basics"); return nil })
	})
	at("4 make an Appliance Download Key", func(t *testing.T) {
		p.open("/appliance/updates")
		p.see("Base Software "+box.Base, "No site package is installed", "Nothing has been installed")
		m.makeKey()
	})
	at("5 the update server knows the appliance once Support has enrolled it", func(t *testing.T) {
		m.enterKey()
		elsewhere.see("not known to the update server")
		if elsewhere.shows("Base Software " + newer) {
			t.Error("something is shown to an appliance that nobody knows")
		}
		elsewhere.tab.Forgive(403)
		server.Run(t, "enroll", "MANUAL-1", "--customer", "c1", "--key", m.key)
	})
	var base, site, next string
	at("6 download on another machine, each update once", func(t *testing.T) {
		m.enterKey()
		elsewhere.see("MANUAL-1", "Base Software "+newer, "Bomgar-"+firstSite, "Bomgar-"+secondSite)
		base, site, next = m.download("Base Software "+newer), m.download("Bomgar-"+firstSite), m.download("Bomgar-"+secondSite)
		elsewhere.open("/downloads")
		elsewhere.see("No updates to download")
	})
	at("7 what was downloaded comes back once Support reissues it", func(t *testing.T) {
		server.Run(t, "reissue", "MANUAL-1", packageOf(site))
		elsewhere.open("/downloads")
		elsewhere.see("Bomgar-" + firstSite)
		if elsewhere.shows("Base Software " + newer) {
			t.Error("another one came back too")
		}
	})
	at("8 a file that was damaged on the way is refused", func(t *testing.T) {
		m.upload(damagedCopy(t, base))
		p.see("check: hash")
		p.tab.Forgive(422)
		p.open("/appliance/updates")
		if p.shows("Ready to Install") {
			t.Error("something of it was kept")
		}
	})
	at("9 install the site package, its agreement accepted", func(t *testing.T) {
		m.upload(site)
		p.see("Bomgar-"+firstSite, "support.example.com", "25", "Never", "Licence Agreement")
		p.confirm("Install This Update", box.Password)
		p.see("Accept the licence agreement")
		p.tab.Forgive(422)
		p.tick("I accept the licence agreement")
		m.install("Bomgar-" + firstSite)
		if n := b.Resets(); n != 0 {
			t.Errorf("the machine was reset %d times for it", n)
		}
	})
	at("10 sign in to /login of the new version", func(t *testing.T) {
		m.user = newReader(t, c, b.Pages(t))
		m.user.during(t, func() {
			m.user.awaitPage("/login", b.Scale(time.Minute))
			m.signIn(m.user, "/login")
			m.informed(firstSite)
		})
	})
	at("11 install the Base software and watch the page over the restart", func(t *testing.T) {
		m.upload(base)
		p.see("Base Software "+newer, "The appliance restarts by itself", "Clients are not changed.")
		preview := p.at() // the site may be too busy to say at once who is signed in
		p.await("who is signed in is told", b.Scale(time.Minute), func() bool { return p.shows("One person is signed in to /login") },
			func() error { p.open(preview); return nil })
		p.tick("Install it all the same")
		m.install("Base Software " + newer)
		p.see("set to be tried at the next start", "has proven itself")
		p.tab.ForgiveOutage()
		if n := b.Resets(); n != 1 {
			t.Errorf("the machine was reset %d times, want once", n)
		}
		p.open("/appliance/status/basics")
		p.see("Base Software Version "+newer, "Site Package Bomgar-"+firstSite)
	})
	at("12 the next site package says that clients need time, and takes its place", func(t *testing.T) {
		m.upload(next)
		p.see("clients should have 24 hours")
		p.tick("I accept the licence agreement")
		p.tick("Install it all the same")
		gap := watchSite(t, b)
		m.install("Bomgar-" + secondSite)
		gap.isWell(t)
	})
	at("13 both are installed, and nothing is installed twice", func(t *testing.T) {
		p.open("/appliance/updates")
		p.see("Base Software "+newer, "Running", "Bomgar-"+secondSite)
		m.upload(base)
		p.see("is installed already")
		p.tab.Forgive(422)
		m.user = newReader(t, c, b.Pages(t)) // the tab from before has connections that the restart has cut
		m.user.during(t, func() {
			m.user.awaitPage("/login", b.Scale(time.Minute))
			m.user.see("Sign In") // whoever was signed in is not any more
			m.user.fill("Username", box.Admin)
			m.user.fill("Password", box.Password)
			m.user.press("Sign In")
			m.informed(secondSite)
		})
	})
	at("14 they are there after the next start too", func(t *testing.T) {
		if err := b.Reset(b.Within(t, 10*time.Second)); err != nil {
			t.Fatal(err)
		}
		b.Up(t)
		p.awaitPage("/appliance/status/basics", b.Scale(time.Minute))
		p.await("the page names both", b.Scale(time.Minute), func() bool {
			return p.shows("Base Software Version "+newer) && p.shows("Site Package Bomgar-"+secondSite)
		}, nil)
		p.awaitPage("/login", b.Scale(time.Minute))
	})
	b.SaysNothingWrong(t)
}

// packageOf is the name by which the update server knows a file that was
// downloaded.
func packageOf(path string) string {
	name := filepath.Base(path)
	return name[:len(name)-len(".update")]
}
