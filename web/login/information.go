// SPDX-License-Identifier: Apache-2.0

package login

import (
	"net/http"
	"strconv"
	"time"

	"understudy/web/ui"
)

type informationView struct {
	Heading, Licences ui.Heading
	Facts             []ui.Fact
	Customer          []ui.Fact
}

// showRoot leads to the first page.
func (p *Pages) showRoot(w http.ResponseWriter, r *http.Request) error {
	what := r.URL.Query().Get("done")
	if doneSentences[what] == "" {
		what = ""
	}
	return ui.Done(w, r, pathInformation, what)
}

// showInformation answers Status > Information.
func (p *Pages) showInformation(w http.ResponseWriter, r *http.Request) error {
	page := p.frame(r, pathInformation, "Status :: Information")
	s, now := p.Summary(), ui.AtSecond(p.Now(), p.zone())
	view := informationView{
		Heading:  ui.Heading{ID: "information", Area: "Status", Name: "Information", Text: "What this site runs. Version and build are the same on boxes that have the same package."},
		Licences: ui.Heading{ID: "licenses", Area: "Status", Name: "Licenses", Text: "How many representatives can work at one time, and until when."},
		Facts: []ui.Fact{
			{Name: "Product", Text: s.Name},
			{Name: "Product Version", Text: s.Version, Mono: true},
			{Name: "Product Build", Text: s.Build, Mono: true},
			{Name: "Hostname", Text: p.host(), Mono: true},
			{Name: "Appliance Serial Number", Text: p.Facts().Serial, Mono: true},
			{Name: "Time", Time: &now},
		},
	}
	if c := s.Customer; c != nil {
		view.Customer = []ui.Fact{{Name: "Licenses", Text: strconv.Itoa(c.Licenses)}, p.expiration(c.Expires)}
	}
	page.Body = view
	return p.show(w, http.StatusOK, "information", page)
}

// expiration says until when the licences are good; zero for ever.
func (p *Pages) expiration(until time.Time) ui.Fact {
	const name = "License Expiration"
	if until.IsZero() {
		return ui.Fact{Name: name, Text: "Never"}
	}
	at, pill := ui.At(until, p.zone()), ui.Pill{Tone: ui.Good, Word: "Valid"}
	if !until.After(p.Now()) {
		pill = ui.Pill{Tone: ui.Bad, Word: "Expired"}
	}
	return ui.Fact{Name: name, Pill: &pill, Time: &at}
}
