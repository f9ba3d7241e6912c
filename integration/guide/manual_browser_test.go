// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/person"
	"understudy/integration/vm"
)

// The versions that the manual chapter upgrades to.
const (
	newer     = "4.2.1"
	firstSite = "12.2.0"
)

// TestManualUpdateByUEFIAtThePages: a box that reaches no update server gets
// site and Base software by files (guide: Upgrade a Single Appliance Using
// Manual Updates), on a machine that starts by UEFI.
func TestManualUpdateByUEFIAtThePages(t *testing.T) {
	t.Parallel()
	server := box.StartUpdateServer(t, []string{newer}, []string{firstSite})
	seed := layout.Seed{Serial: "MANUAL-1", Update: server.Seed(t)}
	b := box.Start(t, vm.Spec{Name: "manual-pages", Firmware: vm.UEFI, Seed: seed.Encode()})
	p := b.FirstSignIn(t)
	elsewhere := person.New(t, server.URL, "")
	at := func(name string, f func(t *testing.T)) {
		t.Helper()
		step(t, name, func(t *testing.T) { elsewhere.During(t, func() { p.During(t, func() { f(t) }) }) })
	}
	m := &manual{b: b, p: p, elsewhere: elsewhere, dir: t.TempDir()}
	at("1 make an Appliance Download Key", func(t *testing.T) {
		p.Open("/appliance/updates")
		p.See("Base Software "+box.Base, "No site package is installed", "Nothing has been installed")
		m.makeKey(t)
	})
	at("2 the update server knows the appliance once Support has enrolled it", func(t *testing.T) {
		elsewhere.Open("/")
		elsewhere.Fill("Appliance Download Key", m.key)
		elsewhere.Press("Show Available Updates")
		if elsewhere.Page.Shows("Base Software " + newer) {
			t.Error("something is shown to an appliance that nobody knows")
		}
		server.Run(t, "enroll", "MANUAL-1", "--customer", "c1", "--key", m.key)
	})
	var base, site string
	at("3 download on another machine, each update once", func(t *testing.T) {
		m.makeKey(t) // a key is used once
		elsewhere.Open("/")
		elsewhere.Fill("Appliance Download Key", m.key)
		elsewhere.Press("Show Available Updates")
		elsewhere.See("Base Software "+newer, "Bomgar-"+firstSite)
		base, site = m.download(t, "Base Software "+newer), m.download(t, "Bomgar-"+firstSite)
		elsewhere.Open("/downloads")
		elsewhere.See("No updates to download")
	})
	at("4 a file that was damaged on the way is refused", func(t *testing.T) {
		m.upload(damagedCopy(t, base))
		p.See("check: hash")
		p.Open("/appliance/updates")
		if p.Page.Shows("Ready to Install") {
			t.Error("something of it was kept")
		}
	})
	at("5 install the site package, its agreement accepted", func(t *testing.T) {
		m.upload(site)
		p.See("Bomgar-"+firstSite, "support.example.com", "25", "Licence Agreement")
		box.Confirm(p, "Install This Update", box.Password)
		p.See("Accept the licence agreement")
		p.Tick("I accept the licence agreement", true)
		m.install(t, "Bomgar-"+firstSite)
		if n := b.Resets(); n != 0 {
			t.Errorf("the machine was reset %d times for it", n)
		}
	})
	at("6 sign in to /login", func(t *testing.T) { m.signInToSite(t) })
	at("7 install the Base software, which restarts the appliance", func(t *testing.T) {
		m.upload(base)
		p.See("Base Software "+newer, "The appliance restarts by itself", "Clients are not changed.")
		m.install(t, "Base Software "+newer)
		p.See("set to be tried at the next start", "has proven itself")
		if n := b.Resets(); n != 1 {
			t.Errorf("the machine was reset %d times, want once", n)
		}
	})
	at("8 both are installed, and the site serves again", func(t *testing.T) {
		p.Open("/appliance/status/basics")
		if got := p.Fact("Base Software Version"); got != newer {
			t.Errorf("version %s runs", got)
		}
		if got := p.Fact("Site Package"); !strings.HasPrefix(got, "Bomgar-"+firstSite) {
			t.Errorf("site package %s is installed", got)
		}
		p.Open("/appliance/updates")
		p.See("Base Software "+newer, "Running", "Bomgar-"+firstSite)
		m.upload(base)
		p.See("is installed already")
		p.Await("/login", "the site", b.Scale(time.Minute), func(page *person.Page) bool { return page.Status == 200 })
	})
	at("9 they are there after the next start too", func(t *testing.T) {
		if err := b.Reset(b.Within(t, 10*time.Second)); err != nil {
			t.Fatal(err)
		}
		b.Up(t)
		p.Await("/appliance/status/basics", "the pages", b.Scale(time.Minute), func(page *person.Page) bool { return page.Status == 200 })
		if got := p.Fact("Base Software Version"); got != newer {
			t.Errorf("version %s runs", got)
		}
		p.Await("/login", "the site", b.Scale(time.Minute), func(page *person.Page) bool { return page.Status == 200 })
	})
	b.KernelSays(t)
}

// manual is the manual chapter: one person at the box, and in a browser
// elsewhere.
type manual struct {
	b            *box.Box
	p, elsewhere *person.Person
	dir          string // of what was downloaded
	key          string
}

func (m *manual) makeKey(t *testing.T) {
	t.Helper()
	m.p.Open("/appliance/updates")
	box.Confirm(m.p, "Appliance Download Key", box.Password)
	for _, word := range strings.Fields(m.p.Page.Text()) {
		if strings.HasPrefix(word, "USK1-") {
			m.key = word
			return
		}
	}
	t.Fatal("no key is shown")
}

// download saves an update that the server's page lists.
func (m *manual) download(t *testing.T, name string) string {
	t.Helper()
	href, err := m.elsewhere.Page.Link("Download " + name)
	if err != nil {
		t.Fatal(err)
	}
	target, err := m.elsewhere.Page.URL.Parse(href)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(m.dir, filepath.Base(target.Path))
	box.Save(t, m.elsewhere.Client(), target.String(), path)
	return path
}

func (m *manual) upload(file string) {
	m.p.Open("/appliance/updates")
	m.p.Fill("Update File", file)
	m.p.Press("Update Software")
}

// install presses the button and follows the task to its end.
func (m *manual) install(t *testing.T, name string) {
	t.Helper()
	box.Confirm(m.p, "Install This Update", box.Password)
	task := m.p.Page.URL.Path
	if !strings.HasPrefix(task, "/appliance/status/tasks/") {
		m.p.See("a task is shown")
	}
	m.p.Await(task, "the end of the update", m.b.Scale(2*time.Minute), func(page *person.Page) bool { return page.Shows(name+" is installed.") || page.Shows("Failed") })
	m.p.See(name + " is installed.")
}

// signInToSite signs in to the new site and looks at what it says of itself.
func (m *manual) signInToSite(t *testing.T) {
	t.Helper()
	site := m.b.Person(t)
	site.During(t, func() {
		site.Await("/login", "the site", m.b.Scale(time.Minute), func(page *person.Page) bool { return page.Status == 200 })
		box.SignIn(site, box.Admin, box.FirstPassword)
		box.ChangePassword(site, box.FirstPassword, box.Password)
		site.Open("/login/status/information")
		site.See(firstSite, "support.example.com", "25")
	})
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
