// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"understudy/appliance/audit"
	"understudy/appliance/base/power"
	"understudy/appliance/task"
	"understudy/web/gate"
	"understudy/web/ui"
)

// submitFunc hands a task in.
type submitFunc func(ctx context.Context, by audit.Actor, reason string) (task.Task, bool, error)

// restarts are the kinds of task that take the connection with them.
var restarts = map[string]bool{power.KindReboot: true, power.KindOff: true}

// powerPage is what the page before a restart, a shut-down and a reset shows.
type powerPage struct {
	path, name, submit, kind string
	what                     []string
	typed                    string // a word that has to be typed
}

var (
	rebootPage = powerPage{path: pathReboot, name: "Reboot", submit: "Reboot", kind: "primary",
		what: []string{"The appliance restarts and is back after about a minute. Nothing that is stored is lost."}}
	offPage = powerPage{path: pathOff, name: "Shut Down This Appliance", submit: "Shut Down This Appliance", kind: "danger",
		what: []string{"The appliance switches off and stays off until somebody starts it at the machine or its hypervisor."}}
	resetPage = powerPage{path: pathReset, name: "Reset Appliance to Factory Defaults", submit: "Reset Appliance to Factory Defaults", kind: "danger", typed: "reset",
		what: []string{
			"All data, configuration, users, tasks and the audit log are erased, and cannot be brought back by anyone.",
			"The appliance restarts with its factory address and the first-login account.",
			"Do not shut the appliance down before the reset has finished.",
		}}
)

// refused is the reason why it cannot be done at the moment.
func (k powerPage) refused(s *power.Service) error {
	if k.path == pathReset {
		return s.Resettable()
	}
	return s.Held()
}

// askPower answers the page before one of them.
func (p *Pages) askPower(kind powerPage) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		form := p.powerForm(r, kind)
		if err := kind.refused(p.Power); err != nil {
			form.Refused = ui.Sentence(err.Error())
		}
		return p.powerPage(w, r, kind, form, http.StatusOK)
	}
}

func (p *Pages) powerForm(r *http.Request, kind powerPage) ui.Form {
	form := ui.Form{Action: kind.path, Submit: kind.submit, Kind: kind.kind, Cancel: &ui.Link{Label: "Cancel", Href: pathBasics}}
	if kind.typed != "" {
		form.Fields = append(form.Fields, ui.Field{Name: "typed", Label: "Type the word " + kind.typed, Max: 16, Required: true, Width: "short", Mono: true})
	} else {
		form.Fields = append(form.Fields, ui.Field{Name: "reason", Label: "Reason", Max: 200, Help: "Kept with the task and in the audit log."})
	}
	p.askPasswordIn(r, &form)
	return form
}

func (p *Pages) powerPage(w http.ResponseWriter, r *http.Request, kind powerPage, form ui.Form, status int) error {
	page, err := p.frame(r, pathBasics, "Status :: "+kind.name)
	if err != nil {
		return err
	}
	people, err := p.affected(r.Context())
	if err != nil {
		return err
	}
	what := append(append([]string{}, kind.what...), people...)
	page.Body = dangerView{ui.Heading{ID: "power", Area: "Status", Name: kind.name}, what, form}
	return p.show(w, status, "danger", page)
}

// affected says in numbers who and what is interrupted.
func (p *Pages) affected(ctx context.Context) ([]string, error) {
	sessions, err := p.Accounts.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	what := []string{ui.Count(len(sessions), "session") + " of these pages, yours among them, will be interrupted."}
	if live := p.Tasks.Live(); len(live) > 0 {
		what = append(what, ui.Count(len(live), "running task")+" will be interrupted.")
	}
	pending, err := p.Guard.Pending(ctx)
	if err != nil {
		return nil, err
	}
	if len(pending) > 0 {
		what = append(what, ui.Count(len(pending), "change")+" waiting to be kept will be taken back.")
	}
	return what, nil
}

// reboot and shutDown submit their task and show it.
func (p *Pages) reboot(w http.ResponseWriter, r *http.Request) error {
	return p.goDown(w, r, rebootPage, p.Power.Reboot)
}

func (p *Pages) shutDown(w http.ResponseWriter, r *http.Request) error {
	return p.goDown(w, r, offPage, p.Power.Off)
}

func (p *Pages) goDown(w http.ResponseWriter, r *http.Request, kind powerPage, submit submitFunc) error {
	principal, _ := gate.From(r.Context())
	t, _, err := submit(r.Context(), principal.Actor(), r.PostForm.Get("reason"))
	var held *power.HeldError
	if errors.As(err, &held) {
		form := p.powerForm(r, kind)
		form.Fill(r.PostForm)
		form.Refused = ui.Sentence(err.Error())
		return p.powerPage(w, r, kind, form, http.StatusConflict)
	} else if err != nil {
		return err
	}
	return ui.Done(w, r, pathTasks+"/"+t.ID, "")
}

// factoryReset erases the box. The answer is a page of its own, since nothing
// is left to look at: the task list goes too.
func (p *Pages) factoryReset(w http.ResponseWriter, r *http.Request) error {
	form := p.powerForm(r, resetPage)
	form.Fill(r.PostForm)
	if !strings.EqualFold(strings.TrimSpace(r.PostForm.Get("typed")), resetPage.typed) {
		form.Fail(map[string]string{"typed": "Type the word " + resetPage.typed + " to confirm."})
		return p.powerPage(w, r, resetPage, form, http.StatusUnprocessableEntity)
	}
	principal, _ := gate.From(r.Context())
	err := p.Power.FactoryReset(r.Context(), principal.Actor())
	var held *power.HeldError
	if errors.As(err, &held) || errors.Is(err, power.ErrNoDisk) {
		form.Refused = ui.Sentence(err.Error())
		return p.powerPage(w, r, resetPage, form, http.StatusConflict)
	} else if err != nil {
		return err
	}
	gate.ClearCookie(w)
	return p.ui.Small(w, http.StatusOK, p.outside(r, ""), ui.Small{
		Title: "The appliance is being reset",
		Text:  "It restarts, makes itself a new state and is then at its factory address. This takes some minutes; its console shows how far it is.",
		Notes: []string{"Do not shut it down before it has finished. Then sign in with the first-login account."},
	})
}
