// SPDX-License-Identifier: Apache-2.0

package login

import (
	"net/http"

	"understudy/web/gate"
	"understudy/web/ui"
)

var _ gate.Pages = (*Pages)(nil)

// Problem renders a refusal as a small page.
func (p *Pages) Problem(w http.ResponseWriter, r *http.Request, problem gate.Problem) {
	small := ui.Small{Title: problem.Title, Text: problem.Text, Reference: problem.Reference,
		Actions: []ui.Button{{Label: "Go to /login", Href: pathRoot, Kind: "primary"}}}
	if err := p.ui.Small(w, problem.Status, p.outside(r, ""), small); err != nil {
		http.Error(w, problem.Title, problem.Status)
	}
}

type passwordAgainView struct{ Form ui.Form }

// PasswordAgain asks for the password before a dangerous act, and carries the
// form that it interrupted.
func (p *Pages) PasswordAgain(w http.ResponseWriter, r *http.Request, q gate.PasswordAgain) {
	form := ui.Form{
		Action: q.Action,
		Fields: []ui.Field{{Name: gate.PasswordField, Label: "Your Password", Type: "password", Complete: "current-password",
			Max: 1024, Required: true, Width: "single", Focus: true, Error: q.Error}},
		Submit: "Continue",
		Cancel: &ui.Link{Label: "Cancel", Href: pageOf(q.Action)},
	}
	for _, f := range q.Fields {
		form.Hidden = append(form.Hidden, ui.Hidden(f))
	}
	page := p.outside(r, "Confirm with your password")
	page.Body = passwordAgainView{Form: form}
	if err := p.show(w, q.Status, "passwordagain", page); err != nil {
		gate.Fail(w, r, err)
	}
}
