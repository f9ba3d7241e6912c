// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"strings"
	"testing"

	"understudy/integration/box"
	"understudy/integration/chromium"
	"understudy/integration/person"
)

// TestPages goes through the pages of one box, in order: the first sign-in
// with scripts turned off, every page in a real browser, and at last a reboot
// that a page follows by itself.
func TestPages(t *testing.T) {
	s := openTarget(t)
	browser, script := chromium.StartT(t), axe(t)
	var admin *person.Person
	for _, part := range []struct {
		name string
		do   func(t *testing.T)
	}{
		{"without scripts", func(t *testing.T) { withoutScripts(t, s, browser, script) }},
		{"furnish", func(t *testing.T) {
			admin = s.signedIn(t, s.user, s.password)
			furnish(t, s, admin)
		}},
		{"every page", func(t *testing.T) {
			tabs := map[role]*chromium.Tab{administrator: browser.OpenT(t), readOnly: browser.OpenT(t), nobody: browser.OpenT(t)}
			s.session(t, tabs[administrator], admin)
			s.session(t, tabs[readOnly], s.signedIn(t, reader, readerPassword))
			for _, v := range views {
				t.Run(v.name, func(t *testing.T) { lookAt(t, s, tabs[v.as], script, v) })
			}
		}},
		{"every link", func(t *testing.T) { followLinks(t, s, admin) }},
		{"a reboot", func(t *testing.T) {
			if s.box != nil {
				reboot(t, s, browser, script, admin)
			}
		}},
	} {
		if !t.Run(part.name, part.do) && !strings.HasPrefix(part.name, "every") {
			t.FailNow()
		}
	}
}

// lookAt brings a page into its state and inspects it.
func lookAt(t *testing.T, s *target, tab *chromium.Tab, script string, v view) {
	ctx := t.Context()
	if err := tab.Look(ctx, chromium.Desk, chromium.Light); err != nil {
		t.Fatal(err)
	}
	at := v.at()
	for name, path := range s.paths {
		at = strings.ReplaceAll(at, name, path)
	}
	status, err := tab.Goto(ctx, s.url+at)
	if err == nil && v.do != nil {
		err = v.do(ctx, tab)
	}
	if err != nil {
		t.Fatal(err)
	}
	if wrong := status >= 400; wrong != (v.name == "not-found") && v.do == nil {
		t.Errorf("%s answers %d", at, status)
	}
	if path, err := tab.Path(ctx); err != nil || v.do == nil && path != strings.Split(at, "?")[0] {
		t.Errorf("%s leads to %s, %v", at, path, err)
	}
	for _, refused := range []int{403, 404, 422} {
		tab.Forgive(refused)
	}
	links, err := tab.Links(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if s.links == nil {
			s.links = map[string]string{}
		}
		s.links[link] = v.name
	}
	inspect(t, tab, script, v.name)
}

// followLinks opens everything that a page leads to. What is named behind a #
// must be on the page that comes.
func followLinks(t *testing.T, s *target, p *person.Person) {
	if len(s.links) < 20 {
		t.Errorf("only %d links were found", len(s.links))
	}
	p.During(t, func() {
		for link, from := range s.links {
			p.Open(link)
			if p.Page.Status >= 400 {
				t.Errorf("%s leads to %s, which answers %d", from, link, p.Page.Status)
			}
			if _, part, found := strings.Cut(link, "#"); found && !bytes.Contains(p.Page.Body, []byte(`id="`+part+`"`)) {
				t.Errorf("%s leads to %s, which has no such part", from, link)
			}
		}
	})
}

// reboot restarts the box from its page: by itself, the page of the task must
// tell that the connection is lost, come back, and show how it ended.
func reboot(t *testing.T, s *target, browser *chromium.Chromium, script string, admin *person.Person) {
	ctx := t.Context()
	tab := browser.OpenT(t)
	s.session(t, tab, admin)
	if _, err := tab.Goto(ctx, s.url+"/appliance/status/reboot"); err != nil {
		t.Fatal(err)
	}
	if err := box.ConfirmIn(ctx, tab, "Reboot", s.password); err != nil {
		t.Fatal(err)
	}
	s.box.Until(t, "the page tells of the lost connection", func() bool { return shows(t, tab, "Connection lost") })
	if err := tab.Picture(ctx, screenshots+"/status-task-away-1280-light.png", chromium.Desk, chromium.Light); err != nil {
		t.Error(err)
	}
	s.box.Up(t)
	s.box.Until(t, "the page shows the end of the task", func() bool { return shows(t, tab, "back in service") && !shows(t, tab, "Connection lost") })
	tab.ForgiveOutage() // the browser complains of the connection it lost, and rightly
	inspect(t, tab, script, "status-task")
}

// shows is Shows for a page that may be loading just now.
func shows(t *testing.T, tab *chromium.Tab, words string) bool {
	ok, err := tab.Shows(t.Context(), words)
	return err == nil && ok
}
