// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"understudy/appliance/base/updates"
	"understudy/pkgstore/pack"
	"understudy/web/gate"
	"understudy/web/ui"
)

// installView is the page before an install: what the package is, and what
// will happen to whom.
type installView struct {
	Heading  ui.Heading
	Facts    []ui.Fact
	Notes    string
	License  string // the licence agreement; empty if there is none
	What     []string
	Findings []findingRow
	Form     *ui.Form // nil if something stops it
	Discard  *ui.Form // nil if the package is not on the box
}

// findingRow is something that was found before an install.
type findingRow struct {
	Pill ui.Pill
	Text string
	Fix  string
	Link string
}

// fieldAccept is the consent to the licence agreement.
const fieldAccept = "accept"

// fieldOverride is the choice to install in spite of what was found.
const fieldOverride = "override"

// askInstall answers the page that installs a package of the box, askOffered
// that of one which the update server has.
func (p *Pages) askInstall(w http.ResponseWriter, r *http.Request) error {
	c, err := p.Updates.OnBox(r.Context(), chi.URLParam(r, "id"))
	return p.installPage(w, r, c, err, "")
}

func (p *Pages) askOffered(w http.ResponseWriter, r *http.Request) error {
	c, err := p.Updates.Offered(r.Context(), chi.URLParam(r, "name"))
	return p.installPage(w, r, c, err, "")
}

// pathOf is the page of a candidate.
func pathOf(c updates.Candidate) string {
	if c.Offer != "" {
		return pathAvailable + "/" + url.PathEscape(c.Offer)
	}
	return pathPackages + "/" + c.ID
}

// installPage shows a candidate, unless err says that there is none. refusal is
// why it was not installed when that was tried.
func (p *Pages) installPage(w http.ResponseWriter, r *http.Request, c updates.Candidate, err error, refusal string) error {
	if err != nil {
		return p.notReady(w, r, err)
	}
	page, err := p.frame(r, pathUpdates, "Updates :: "+c.Name)
	if err != nil {
		return err
	}
	view := installView{Heading: ui.Heading{ID: "install", Area: "Updates", Name: c.Name}, Facts: p.candidateFacts(c), Notes: joined(c.Notes), License: c.Agreement}
	if view.What, err = p.whatHappens(r.Context(), c); err != nil {
		return err
	}
	found, err := p.Updates.Preflight(r.Context(), c)
	if err != nil {
		return err
	}
	stopped, warned := false, false
	for _, f := range found {
		row := findingRow{Pill: ui.Pill{Tone: ui.Warn, Word: "Warning"}, Text: f.Text, Fix: f.Fix, Link: f.Link}
		if f.Stops {
			row.Pill = ui.Pill{Tone: ui.Bad, Word: "Stops it"}
		}
		stopped, warned = stopped || f.Stops, warned || !f.Stops
		view.Findings = append(view.Findings, row)
	}
	form := p.installForm(r, c, warned)
	form.Refused = refusal
	if !stopped || refusal != "" {
		view.Form = &form
	}
	if c.Offer == "" {
		view.Discard = &ui.Form{Action: pathOf(c) + "/discard", Submit: "Remove from the Appliance", Kind: "plain"}
	}
	page.Body = view
	return p.show(w, form.Status(), "install", page)
}

func (p *Pages) installForm(r *http.Request, c updates.Candidate, warned bool) ui.Form {
	form := ui.Form{Action: pathOf(c) + "/install", Submit: "Install This Update", Cancel: &ui.Link{Label: "Cancel", Href: pathUpdates}}
	box := func(name, label, help string) {
		form.Fields = append(form.Fields, ui.Field{Name: name, Label: label, Type: "checkbox", Help: help, Checked: r.PostForm.Get(name) != ""})
	}
	if c.Agreement != "" {
		box(fieldAccept, "I accept the licence agreement", "")
	}
	if warned {
		box(fieldOverride, "Install it all the same", "In spite of the warnings above. It is written down.")
	}
	p.askPasswordIn(r, &form)
	return form
}

func (p *Pages) candidateFacts(c updates.Candidate) []ui.Fact {
	built := ui.At(c.Built, p.zone())
	facts := []ui.Fact{
		{Name: "Version", Text: c.Version}, {Name: "Build", Text: c.Build, Mono: true}, {Name: "Built", Time: &built},
		{Name: "Size", Text: megabytes(c.Length)}, {Name: "SHA-256", Text: c.ID, Mono: true},
	}
	if c.Origin != "" {
		facts = append(facts, ui.Fact{Name: "Brought By", Text: c.Origin})
	}
	if of := c.Customer; of != nil {
		facts = append(facts, customerFacts(of.Hostname, of.Licenses, of.Expires, p.zone())...)
	}
	return facts
}

// whatHappens says what an install does, and to whom.
func (p *Pages) whatHappens(ctx context.Context, c updates.Candidate) ([]string, error) {
	var what []string
	if c.Offer != "" {
		what = append(what, "It is downloaded from the update server and verified before anything is installed.")
	}
	what = append(what, fmt.Sprintf("It takes about %s.", ui.Count(max(c.Minutes, 1), "minute")))
	if c.Restart {
		what = append(what, "The appliance restarts by itself. If the new version does not prove itself, the present one comes back with its configuration.")
	}
	if c.Clients {
		what = append(what, "Clients have to upgrade afterwards.")
	} else {
		what = append(what, "Clients are not changed.")
	}
	switch {
	case c.Restart:
		people, err := p.affected(ctx)
		return append(what, people...), err
	case c.Kind == pack.License:
		return append(what, "Nothing restarts and nobody is signed out."), nil
	}
	return append(what, "These pages go on. Whoever is signed in to /login has to sign in again."), nil
}

// installPackage and installOffered submit the install and show its task.
func (p *Pages) installPackage(w http.ResponseWriter, r *http.Request) error {
	c, err := p.Updates.OnBox(r.Context(), chi.URLParam(r, "id"))
	return p.install(w, r, c, err)
}

func (p *Pages) installOffered(w http.ResponseWriter, r *http.Request) error {
	c, err := p.Updates.Offered(r.Context(), chi.URLParam(r, "name"))
	return p.install(w, r, c, err)
}

func (p *Pages) install(w http.ResponseWriter, r *http.Request, c updates.Candidate, err error) error {
	if err != nil {
		return p.notReady(w, r, err)
	}
	principal, _ := gate.From(r.Context())
	all := r.PostForm.Get(fieldOverride) != ""
	t, _, err := p.Updates.Install(r.Context(), principal.Actor(), c, updates.Choice{Accepted: r.PostForm.Get(fieldAccept) != "", Force: all, Override: all})
	if err == nil {
		return ui.Done(w, r, pathTasks+"/"+t.ID, "")
	}
	sentence, known := refusedPackage(err)
	if !known {
		return err
	}
	return p.installPage(w, r, c, nil, sentence)
}

// discardPackage removes a package from the box.
func (p *Pages) discardPackage(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	if err := p.Updates.Discard(r.Context(), principal.Actor(), chi.URLParam(r, "id")); err != nil {
		return p.notReady(w, r, err)
	}
	return ui.Done(w, r, pathUpdates, "discarded")
}

// notReady sends who asks for a package that is gone back to the list.
func (p *Pages) notReady(w http.ResponseWriter, r *http.Request, err error) error {
	var damaged *updates.DamagedError
	if !errors.As(err, &damaged) && (errors.Is(err, updates.ErrNotReady) || errors.Is(err, updates.ErrNoOffer)) {
		gate.NotFound(w, r)
		return nil
	}
	return p.updateTask(w, r, "", err)
}
