// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"strings"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/integration/box"
	"understudy/integration/person"
)

// install installs what is available under a title, and gives what was said.
func (c *climb) install(t *testing.T, title string, more ...string) string {
	t.Helper()
	out, notes, code := c.shell.try(t, append([]string{"updates", "install", title, "--yes", "--password-file", c.password}, more...)...)
	if code != 0 {
		t.Fatalf("install %s: exit code %d\n%s%s", title, code, out, notes)
	}
	return out + notes
}

// findsSite waits for the site that the box came with, which it installs by
// itself when it first starts.
func (c *climb) findsSite(t *testing.T) {
	t.Helper()
	c.b.Until(t, "the box has installed the site that it came with", func() bool {
		s := read[applianceapi.Status](t, c.shell, "status")
		return len(s.SitePackages) == 1 && s.SitePackages[0].Name == "Bomgar-"+oldSite
	})
	past := read[applianceapi.List[applianceapi.Update]](t, c.shell, "updates", "history").Items
	if len(past) != 1 || past[0].By != "factory" {
		t.Errorf("history %+v", past)
	}
}

// take installs one step of the path and sees that it runs.
func (c *climb) take(t *testing.T, p planStep) {
	resets := c.b.Resets()
	switch p.Kind {
	case "base":
		if p.Version == "3.3.2" { // whoever is signed in to the site is told of first
			// While the site is too busy to say who is signed in, that is told, and
			// refused as well.
			c.b.Until(t, "who is signed in is told", func() bool {
				return strings.Contains(c.shell.refuse(t, 1, "updates", "install", p.Package, "--yes", "--password-file", c.password), "One person is signed in to /login")
			})
		}
		if said := c.install(t, p.Package, "--override"); !strings.Contains(said, "does not answer; waiting") || !strings.Contains(said, "has proven itself") {
			t.Errorf("it says\n%s", said)
		}
		if s := read[applianceapi.Status](t, c.shell, "status"); s.BaseVersion != p.Version {
			t.Errorf("Base %s runs", s.BaseVersion)
		}
		// From 3.3.2 on, the appliance makes its download key itself.
		if key := read[applianceapi.DownloadKey](t, c.shell, "updates", "key", "--password-file", c.password).Key; !strings.HasPrefix(key, "USK1-") {
			t.Errorf("the key is %q", key)
		}
	case "site":
		if c.updated { // clients had no 24 hours since the site package before
			if out := c.shell.refuse(t, 1, "updates", "install", p.Package, "--yes", "--accept-license", "--password-file", c.password); !strings.Contains(out, "clients should have 24 hours") {
				t.Errorf("it says\n%s", out)
			}
		}
		c.updated = true
		if out := c.shell.refuse(t, 1, "updates", "install", p.Package, "--yes", "--override", "--password-file", c.password); !strings.Contains(out, "icence agreement") {
			t.Errorf("it says\n%s", out)
		}
		c.install(t, p.Package, "--accept-license", "--override")
		if s := read[applianceapi.Status](t, c.shell, "status"); len(s.SitePackages) != 1 || s.SitePackages[0].Name != p.Package {
			t.Errorf("the site is %+v", s.SitePackages)
		}
		if n := c.b.Resets(); n != resets {
			t.Errorf("the machine was reset for it")
		}
	default:
		t.Fatalf("a step of kind %q", p.Kind)
	}
}

// settleInSite signs in to the site for the first time and gives the account a
// name.
func (c *climb) settleInSite(t *testing.T) {
	c.began = time.Now()
	c.user = c.b.Person(t)
	c.user.During(t, func() {
		c.awaitSite()
		box.SignIn(c.user, box.Admin, box.FirstPassword)
		box.ChangePassword(c.user, box.FirstPassword, box.Password)
		c.user.Open("/login/my-account")
		c.user.Fill("Display Name", "The support desk")
		c.user.PressBeside("Display Name", "Save Changes")
		c.user.Open("/login/status/information")
		c.user.See(oldSite, "support.example.com", "25")
	})
}

func (c *climb) awaitSite() {
	c.user.Await("/login", "the site", c.b.Scale(time.Minute), func(page *person.Page) bool { return page.Status == 200 })
}

// isWhole looks for what was there before the climb, and for what is kept of it.
func (c *climb) isWhole(t *testing.T, path []planStep) {
	if s := read[applianceapi.Status](t, c.shell, "status"); s.TimeZone != "Europe/Berlin" || s.Serial != "AUTO-1" || s.Crashes != 0 {
		t.Errorf("status %+v", s)
	}
	users := read[applianceapi.List[applianceapi.User]](t, c.shell, "users", "list").Items
	if len(users) != 2 || users[1].Username != "carol" || users[1].DisplayName != "Carol of the night shift" {
		t.Errorf("users %+v", users)
	}
	c.b.API(t, "carol", "paper boats on a pond")
	c.user.During(t, func() {
		c.user.Open("/login/status/information") // whoever was signed in is not any more
		c.user.Arrive("/login/sign-in")
		box.SignIn(c.user, box.Admin, box.Password)
		c.user.Open("/login/my-account")
		if name := c.user.Value("Display Name"); name != "The support desk" {
			t.Errorf("the account's name is %q", name)
		}
		c.user.Open("/login/status/information")
		c.user.See(siteTitle, "support.example.com", "25")
	})
	c.shell.run(t, "audit", "verify")
	c.isWrittenDown(t, path)
}

// installer is who installs a package of the climb.
func installer(name string) string {
	if name == "Bomgar-"+oldSite {
		return "factory"
	}
	return box.Admin
}

// isWrittenDown looks for every install and every accepted agreement, with who
// and when.
func (c *climb) isWrittenDown(t *testing.T, path []planStep) {
	want := map[string]bool{"Bomgar-" + oldSite: true}
	for _, p := range path {
		want[p.Package] = p.Kind == "site"
	}
	installed := map[string]bool{}
	for _, u := range read[applianceapi.List[applianceapi.Update]](t, c.shell, "updates", "history").Items {
		if u.State != "good" || u.By != installer(u.Name) {
			t.Errorf("history: %+v", u)
		}
		installed[u.Name] = true
	}
	accepted := map[string]bool{}
	for _, e := range read[applianceapi.List[applianceapi.AuditEvent]](t, c.shell, "audit", "list", "--action", "updates.license").Items {
		if e.By.Name != installer(e.Object) || (e.By.Address == "") != (e.By.Name == "factory") || e.At.Before(c.began.Add(-time.Hour)) || e.At.After(time.Now().Add(time.Minute)) {
			t.Errorf("audit: %+v", e)
		}
		accepted[e.Object] = true
	}
	for name, site := range want {
		if !installed[name] {
			t.Errorf("the history does not have %s", name)
		}
		if site && !accepted[name] {
			t.Errorf("nobody knows who accepted the agreement of %s", name)
		}
	}
	if len(installed) != len(want) {
		t.Errorf("installed were %v", installed)
	}
}
