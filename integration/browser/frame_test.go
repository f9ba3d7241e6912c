// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"understudy/appliance/audit"
	"understudy/integration/box"
	"understudy/integration/chromium"
	"understudy/integration/person"
	"understudy/web/appliance/appliancetest"
	"understudy/web/signin"
	"understudy/web/ui"
)

// telephone is the width of a common one, wider than the narrowest.
const telephone = 390

// framed is somebody in a browser with scripts, at a box in this process.
func framed(t *testing.T) (*appliancetest.Box, *target, *person.Person, *chromium.Tab) {
	t.Helper()
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	s := &target{url: b.URL, user: box.Admin, password: appliancetest.Password}
	p, tab := s.signedIn(t, s.user, s.password), chromium.StartT(t).OpenT(t)
	s.session(t, tab, p)
	return b, s, p, tab
}

// open looks at a page.
func (s *target) open(t *testing.T, tab *chromium.Tab, width int, scheme chromium.Scheme, path string) {
	t.Helper()
	if err := tab.Look(t.Context(), width, scheme); err != nil {
		t.Fatal(err)
	}
	if _, err := tab.Goto(t.Context(), s.url+path); err != nil {
		t.Fatal(err)
	}
	until(t, path+" is there", func() bool {
		missing, err := tab.Measure(t.Context(), `document.readyState === "complete" && document.querySelector("main") ? "" : "yet"`)
		return err == nil && missing == ""
	})
}

// measured fails with what a script found wrong with the page.
func measured(t *testing.T, tab *chromium.Tab, what, script string) {
	t.Helper()
	wrong, err := tab.Measure(t.Context(), script)
	if err != nil {
		t.Fatal(err)
	}
	if wrong != "" {
		t.Errorf("%s: %s", what, wrong)
	}
}

// contrast is that of an element's text with the page behind it.
const contrast = `(() => {
	const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
		return .2126 * r + .7152 * g + .0722 * b };
	const a = light(getComputedStyle(document.querySelector(".host")).color), b = light(getComputedStyle(document.body).backgroundColor);
	const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
	return ratio < 4.5 ? "the contrast is " + ratio.toFixed(2) : "";
})()`

// The host name above the form by which people come in can be read.
func TestTheHostNameAboveAFormCanBeRead(t *testing.T) {
	tab := chromium.StartT(t).OpenT(t)
	s := &target{url: signInPage(t)}
	for _, scheme := range []chromium.Scheme{chromium.Light, chromium.Dark} {
		s.open(t, tab, chromium.Desk, scheme, "/login/sign-in")
		measured(t, tab, string(scheme), contrast)
	}
}

// signInPage serves a page without tabs that names its host.
func signInPage(t *testing.T) (url string) {
	t.Helper()
	renderer, err := ui.NewAt("/login", signin.Templates)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, a := range renderer.Assets() {
		mux.Handle("GET "+a.Path, a)
	}
	mux.HandleFunc("GET /login/sign-in", func(w http.ResponseWriter, _ *http.Request) {
		page := ui.Page{Title: "Sign in", Host: "support.example.com", Path: "/login", Body: map[string]any{
			"Heading": "Sign in", "Form": ui.Form{Action: "/login/sign-in", Submit: "Sign In"}}}
		if err := renderer.Page(w, http.StatusOK, "signin", page); err != nil {
			t.Error(err)
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestNothingOfTheHiddenLinkShows(t *testing.T) {
	_, s, _, tab := framed(t)
	s.open(t, tab, chromium.Desk, chromium.Light, "/appliance/status/basics")
	measured(t, tab, "the link to the page", `(() => { const s = getComputedStyle(document.querySelector(".skip")).boxShadow; return s === "none" ? "" : "it has the shadow " + s })()`)
}

// The audit log fits on a desk, whatever is in it, and on a telephone.
func TestTheAuditLogFits(t *testing.T) {
	b, s, _, tab := framed(t)
	for _, e := range []audit.Entry{
		{Action: "updates.download", Object: "base-3.3.2-24817.pkg", Outcome: audit.RolledBack, Detail: "SHA-256 " + strings.Repeat("0123456789abcdef", 4)},
		{Action: "updates.install", Object: strings.Repeat("long", 15), Outcome: audit.Refused, Detail: strings.Repeat("A sentence of some words. ", 9)},
	} {
		by := audit.Actor{Name: "erika.mustermann", Address: "2001:db8:1234:5678:9abc:def0:1234:5678", Via: "page"}
		if err := b.Audit.Append(t.Context(), by, e); err != nil {
			t.Fatal(err)
		}
	}
	for _, width := range []int{chromium.Desk, 1024, chromium.Telephone} {
		s.open(t, tab, width, chromium.Light, "/appliance/security/audit")
		measured(t, tab, fmt.Sprint(width), `(() => { const e = document.querySelector(".scroll"), found = [];
			if (e.scrollWidth > e.clientWidth) found.push("the table is " + e.scrollWidth + " wide in " + e.clientWidth);
			for (const cell of document.querySelectorAll(".events td, .events th")) if (cell.scrollWidth > cell.clientWidth + 1) found.push(cell.textContent + " sticks out of its column");
			return found.join("; ") })()`)
	}
}

// tidy says what is not in its place in the header of a narrow page.
const tidy = `(() => {
	const found = [], box = s => document.querySelector(s).getBoundingClientRect();
	if (box(".menu").right < innerWidth - 40 || box(".menu").left - box(".theme").right > 16) found.push("the menus are not at the right");
	if (box(".top").height > 170) found.push("the header is " + box(".top").height + " high");
	const host = box(".host"), health = box("#top-health");
	if (Math.abs((host.top + host.bottom) - (health.top + health.bottom)) > 8) found.push("host name and health are not on a line");
	const tabs = [...document.querySelectorAll(".tabs a")].map(a => a.getBoundingClientRect());
	const first = tabs.filter((b, i) => i === 0 || b.top > tabs[i - 1].top);
	if (new Set(first.map(b => Math.round(b.left))).size > 1) found.push("the rows of tabs begin at " + first.map(b => b.left));
	return found.join("; ");
})()`

func TestTheHeaderOfANarrowPage(t *testing.T) {
	_, s, _, tab := framed(t)
	for _, width := range []int{chromium.Telephone, telephone} {
		s.open(t, tab, width, chromium.Light, "/appliance/status/basics")
		measured(t, tab, fmt.Sprint(width), tidy)
	}
}

// lostBar says what is not in its place in the bar of tasks while the line is
// lost, and what still looks as if it were known.
const lostBar = `(() => {
	const found = [], box = s => document.querySelector(s).getBoundingClientRect(), style = (s, p) => getComputedStyle(document.querySelector(s), p);
	const icon = box("#drawer-summary > .icon"), words = box("#drawer-summary > span");
	if (words.top > icon.bottom) found.push("the icon stands alone");
	if (box("#drawer-summary .drawer-title").width < 100) found.push("the task's name is " + box("#drawer-summary .drawer-title").width + " wide");
	if (!style("#top-health .pill", "::after").content.includes("last known")) found.push("the health looks known");
	const green = getComputedStyle(document.documentElement).getPropertyValue("--good");
	if (style("#top-health .pill").getPropertyValue("--ink") === green) found.push("the health is green");
	if (style("#drawer-summary progress").opacity === "1") found.push("the progress looks known");
	return found.join("; ");
})()`

func TestALostLineOnANarrowPage(t *testing.T) {
	b, s, _, tab := framed(t)
	startTasks(t, b)
	if err := tab.Block(t.Context(), "*://*:*/appliance/live"); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{telephone, chromium.Desk} {
		s.open(t, tab, width, chromium.Light, "/appliance/status/basics")
		until(t, "the page tells of the lost connection", func() bool { return shows(t, tab, "Connection lost") })
		measured(t, tab, fmt.Sprint(width), lostBar)
	}
	if err := tab.Block(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "the page is connected again", func() bool { return !shows(t, tab, "Connection lost") })
	measured(t, tab, "again", `document.body.classList.contains("stale") ? "it still looks unknown" : ""`)
}

const another = "192.0.2.20/24"

// changed adds an address and opens the page that asks for a decision.
func changed(t *testing.T, s *target, p *person.Person, tab *chromium.Tab) {
	t.Helper()
	p.Open("/appliance/networking/interfaces/eth0/new-address")
	p.Fill("IP Address", another)
	p.Tick("Enabled", true)
	p.Press("Save Changes")
	s.open(t, tab, chromium.Desk, chromium.Light, "/appliance/networking/ip?done=network-changed")
	if !shows(t, tab, another) || !shows(t, tab, "Keep the settings before") {
		t.Fatal("the page does not ask for a decision")
	}
}

// takeBack is the end of a change that nobody keeps.
func takeBack(t *testing.T, b *appliancetest.Box) {
	t.Helper()
	waiting, err := b.Guard.Pending(t.Context())
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%v waits, %v", waiting, err)
	}
	if err := b.Guard.Undo(t.Context(), audit.System, waiting[0].ID); err != nil {
		t.Fatal(err)
	}
}

func TestAPageGoesAlongWhenAChangeIsTakenBack(t *testing.T) {
	b, s, p, tab := framed(t)
	changed(t, s, p, tab)
	takeBack(t, b)
	until(t, "the page says that the change was taken back", func() bool { return shows(t, tab, "since nobody kept it in time") })
	if shows(t, tab, another) || shows(t, tab, "Keep the settings before") {
		t.Error("the page still shows the change")
	}
}

func TestWhatWasTypedStaysWhenAChangeIsTakenBack(t *testing.T) {
	b, s, p, tab := framed(t)
	changed(t, s, p, tab)
	if err := tab.Fill(t.Context(), "Host Name", "other.example.com"); err != nil {
		t.Fatal(err)
	}
	takeBack(t, b)
	until(t, "the page says that the change does not wait any more", func() bool { return shows(t, tab, "does not wait any more") })
	if shows(t, tab, "Keep the settings before") {
		t.Error("the page still asks for a decision")
	}
	measured(t, tab, "the form", `document.getElementById("hostname").value === "other.example.com" ? "" : "what was typed is gone"`)
}
