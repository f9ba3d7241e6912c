// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/health"
	"understudy/web/gate"
	"understudy/web/ui"
)

// area is a tab of the first row, with the pages of its second row.
type area struct {
	name  string
	pages []ui.Link
}

// areas are the tabs in the guide's order. A page that does not exist yet has
// no tab.
var areas = []area{
	{"Status", []ui.Link{{Label: "Basics", Href: pathBasics}, {Label: "Health", Href: pathHealth}, {Label: "Tasks", Href: pathTasks}}},
	{"Users", []ui.Link{{Label: "Users", Href: pathUsers}, {Label: "My Account", Href: pathAccount}}},
	{"Networking", []ui.Link{{Label: "IP Configuration", Href: pathNetwork}}},
	{"Security", []ui.Link{{Label: "Sessions", Href: pathSessions}, {Label: "Audit", Href: pathAudit}, {Label: "Configuration History", Href: pathHistory}}},
	{"Updates", []ui.Link{{Label: "Updates", Href: pathUpdates}}},
	{"Support", []ui.Link{{Label: "Utilities", Href: pathUtilities}}},
}

// pageOf is the page that a path of an act belongs to: where to go back to.
func pageOf(path string) string {
	for _, a := range areas {
		for _, page := range a.pages {
			if path == page.Href || strings.HasPrefix(path, page.Href+"/") {
				return page.Href
			}
		}
	}
	for _, a := range areas {
		if root := a.pages[0].Href; strings.Count(root, "/") == 3 && strings.HasPrefix(path, root[:strings.LastIndexByte(root, '/')+1]) {
			return root
		}
	}
	return pathRoot
}

// nameOf is what people call the page that a path leads to: its tabs. Empty: it
// has none.
func nameOf(path string) string {
	path, _, _ = strings.Cut(path, "#")
	for _, a := range areas {
		for _, page := range a.pages {
			switch {
			case path != page.Href:
			case page.Label == a.name:
				return a.name
			default:
				return a.name + " > " + page.Label
			}
		}
	}
	return ""
}

// frame fills in everything around a page; at is the page of the second row
// that it belongs to.
func (p *Pages) frame(r *http.Request, at, title string) (ui.Page, error) {
	ctx := r.Context()
	principal, _ := gate.From(ctx)
	page := p.outside(r, title)
	if page.Path == pathRoot {
		page.Path = at
	}
	page.Host = p.Network.Hostname()
	page.Done = doneSentences[r.URL.Query().Get("done")]
	page.User = &ui.User{Name: principal.Session.Username, Role: roleName(principal.Session.Role), ReadOnly: !principal.Administrator()}
	for _, a := range areas {
		tab := ui.Link{Label: a.name, Href: a.pages[0].Href}
		for _, sub := range a.pages {
			if sub.Href == at {
				tab.Current = true
			}
		}
		if tab.Current {
			for _, sub := range a.pages {
				sub.Current = sub.Href == at
				page.Subtabs = append(page.Subtabs, sub)
			}
		}
		page.Tabs = append(page.Tabs, tab)
	}
	return page, p.enliven(ctx, &page)
}

// outside is the frame of a page without tabs.
func (p *Pages) outside(r *http.Request, title string) ui.Page {
	page := ui.Page{Title: title, Now: p.Now().UTC().Format(time.RFC3339), Theme: p.door.Theme(r), Path: pathRoot}
	if r.Method == http.MethodGet {
		page.Path = r.URL.Path // what answers a form may not be a page that can be opened
	}
	return page
}

// refresh is how often a browser without scripts loads a page again that shows
// a task under way, in seconds. Pages with forms are left alone: loading them
// again would take away what somebody types.
const refresh = 5

// enliven fills in what changes while a page is open.
func (p *Pages) enliven(ctx context.Context, page *ui.Page) error {
	pill := p.healthPill()
	page.Health = &pill
	drawer, err := p.drawer(ctx)
	if err != nil {
		return err
	}
	page.Drawer = &drawer
	page.Stream = pathLive
	page.Banners, err = p.banners(ctx)
	return err
}

// healthPill sums the health up in a word.
func (p *Pages) healthPill() ui.Pill {
	worst, ok := p.Health.Overall()
	pill := ui.Pill{Tone: ui.Good, Word: "Healthy", Href: pathHealth, Note: "Status > Health"}
	if !ok {
		pill.Tone, pill.Word = severity(worst)
	}
	return pill
}

// severity is how a severity looks and what it is called.
func severity(s health.Severity) (ui.Tone, string) {
	switch s {
	case health.Critical:
		return ui.Bad, "Critical"
	case health.Warn:
		return ui.Warn, "Warning"
	}
	return ui.Info, "Information"
}

func roleName(r account.Role) string {
	if r == account.Administrator {
		return "Administrator"
	}
	return "Read-only"
}

// zone is the zone that times are shown in.
func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func (p *Pages) zone() *time.Location { return p.Clock.Location() }

// with returns path with a query.
func with(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
