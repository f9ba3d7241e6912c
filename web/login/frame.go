// SPDX-License-Identifier: Apache-2.0

package login

import (
	"net/http"
	"strings"
	"time"

	"understudy/appliance/account"
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
	{"Status", []ui.Link{{Label: "Information", Href: pathInformation}}},
	{"My Account", []ui.Link{{Label: "My Account", Href: pathAccount}}},
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
	return pathRoot
}

// frame fills in everything around a page; at is the page of the second row
// that it belongs to.
func (p *Pages) frame(r *http.Request, at, title string) ui.Page {
	principal, _ := gate.From(r.Context())
	page := p.outside(r, title)
	if page.Path == pathRoot {
		page.Path = at
	}
	page.Done = doneSentences[r.URL.Query().Get("done")]
	page.User = &ui.User{Name: principal.Session.Username, Role: roleName(principal.Session.Role), ReadOnly: !principal.Administrator()}
	for _, a := range areas {
		tab := ui.Link{Label: a.name, Href: a.pages[0].Href}
		for _, sub := range a.pages {
			tab.Current = tab.Current || sub.Href == at
		}
		if tab.Current {
			for _, sub := range a.pages {
				sub.Current = sub.Href == at
				page.Subtabs = append(page.Subtabs, sub)
			}
		}
		page.Tabs = append(page.Tabs, tab)
	}
	return page
}

// outside is the frame of a page without tabs.
func (p *Pages) outside(r *http.Request, title string) ui.Page {
	page := ui.Page{Title: title, Host: p.host(), Now: p.Now().UTC().Format(time.RFC3339), Theme: p.door.Theme(r), Path: pathRoot}
	if r.Method == http.MethodGet {
		page.Path = r.URL.Path // what answers a form may not be a page that can be opened
	}
	return page
}

// host is the name of the site: the one its package was built for, else the
// box's.
func (p *Pages) host() string {
	if c := p.Summary().Customer; c != nil && c.Hostname != "" {
		return c.Hostname
	}
	return p.Facts().Hostname
}

// zone is the zone that times are shown in: the box's.
func (p *Pages) zone() *time.Location {
	zone, err := time.LoadLocation(p.Facts().Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

func roleName(r account.Role) string {
	if r == account.Administrator {
		return "Administrator"
	}
	return "Read-only"
}
