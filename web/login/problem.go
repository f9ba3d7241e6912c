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

// PasswordAgain asks for the password before a dangerous act.
func (p *Pages) PasswordAgain(w http.ResponseWriter, r *http.Request, q gate.PasswordAgain) {
	p.door.PasswordAgain(w, r, q, pageOf(q.Action))
}
