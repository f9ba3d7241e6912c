// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"understudy/appliance/base/updates"
	"understudy/web/gate"
	"understudy/web/ui"
)

// installView is the page before an install: what the package is, and what
// will happen to whom.
type installView struct {
	Heading ui.Heading
	Facts   []ui.Fact
	Notes   string
	License string // the licence agreement; empty if there is none
	What    []string
	Form    ui.Form
	Discard ui.Form
}

// fieldAccept is the consent to the licence agreement.
const fieldAccept = "accept"

// fieldForce is the choice to install a version that did not work before.
const fieldForce = "force"

func (p *Pages) installForm(r *http.Request, ready updates.Ready) ui.Form {
	form := ui.Form{Action: pathPackages + "/" + ready.ID + "/install", Submit: "Install This Update", Cancel: &ui.Link{Label: "Cancel", Href: pathUpdates}}
	p.askPasswordIn(r, &form)
	return form
}

// askInstall answers the page that installs a package.
func (p *Pages) askInstall(w http.ResponseWriter, r *http.Request) error {
	ready, err := p.Updates.Ready(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return p.notReady(w, r, err)
	}
	return p.installPage(w, r, ready, p.installForm(r, ready))
}

func (p *Pages) installPage(w http.ResponseWriter, r *http.Request, ready updates.Ready, form ui.Form) error {
	page, err := p.frame(r, pathUpdates, "Updates :: "+ready.Name)
	if err != nil {
		return err
	}
	what := []string{fmt.Sprintf("It takes about %s.", ui.Count(max(ready.Minutes, 1), "minute"))}
	if ready.Restart {
		what = append(what, "The appliance restarts by itself. If the new version does not prove itself, the present one comes back with its configuration.")
	}
	if ready.Clients {
		what = append(what, "Clients have to upgrade afterwards.")
	} else {
		what = append(what, "Clients are not changed.")
	}
	people := []string{"These pages go on. Whoever is signed in to /login has to sign in again."}
	if ready.Restart {
		if people, err = p.affected(r.Context()); err != nil {
			return err
		}
	}
	built := ui.At(ready.Built, p.zone())
	license, err := p.Updates.License(r.Context(), ready)
	if err != nil {
		return err
	}
	if license != "" {
		form.Fields = append([]ui.Field{{Name: fieldAccept, Label: "I accept the licence agreement", Type: "checkbox", Checked: r.PostForm.Get(fieldAccept) != ""}}, form.Fields...)
	}
	facts := []ui.Fact{
		{Name: "Version", Text: ready.Version}, {Name: "Build", Text: ready.Build, Mono: true}, {Name: "Built", Time: &built},
		{Name: "Size", Text: megabytes(ready.Length)}, {Name: "SHA-256", Text: ready.ID, Mono: true}, {Name: "Brought By", Text: ready.By + " (" + ready.Origin + ")"},
	}
	if c := ready.Customer; c != nil {
		facts = append(facts, customerFacts(c.Hostname, c.Licenses, c.Expires, p.zone())...)
	}
	page.Body = installView{
		Heading: ui.Heading{ID: "install", Area: "Updates", Name: ready.Name},
		Facts:   facts,
		Notes:   ready.Notes, License: license, What: append(what, people...), Form: form,
		Discard: ui.Form{Action: pathPackages + "/" + ready.ID + "/discard", Submit: "Remove from the Appliance", Kind: "plain"},
	}
	return p.show(w, refused(form), "install", page)
}

// installPackage submits the install and shows its task.
func (p *Pages) installPackage(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	principal, _ := gate.From(r.Context())
	t, _, err := p.Updates.Install(r.Context(), principal.Actor(), id, updates.Choice{Accepted: r.PostForm.Get(fieldAccept) != "", Force: r.PostForm.Get(fieldForce) != ""})
	if err == nil {
		return done(w, r, pathTasks+"/"+t.ID, "")
	}
	sentence, known := refusedPackage(err)
	if !known {
		return p.notReady(w, r, err)
	}
	ready, err2 := p.Updates.Ready(r.Context(), id)
	if err2 != nil {
		return p.notReady(w, r, err2)
	}
	form := p.installForm(r, ready)
	form.Refused = sentence
	var bad *updates.BadError
	if errors.As(err, &bad) {
		form.Fields = append([]ui.Field{{Name: fieldForce, Label: "Install it all the same", Type: "checkbox"}}, form.Fields...)
	}
	return p.installPage(w, r, ready, form)
}

// discardPackage removes a package from the box.
func (p *Pages) discardPackage(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	if err := p.Updates.Discard(r.Context(), principal.Actor(), chi.URLParam(r, "id")); err != nil {
		return p.notReady(w, r, err)
	}
	return done(w, r, pathUpdates, "discarded")
}

// notReady sends who asks for a package that is gone back to the list.
func (p *Pages) notReady(w http.ResponseWriter, r *http.Request, err error) error {
	if !errors.Is(err, updates.ErrNotReady) {
		return err
	}
	gate.NotFound(w, r)
	return nil
}
