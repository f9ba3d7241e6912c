// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"errors"
	"net/http"

	"understudy/appliance/account"
	"understudy/web/gate"
	"understudy/web/signin"
	"understudy/web/ui"
)

// dangerView is the page before a dangerous act: what will happen, to whom,
// and the form that does it.
type dangerView struct {
	Heading ui.Heading
	What    []string
	Form    ui.Form
}

// askUserDelete answers the page before a user is deleted.
func (p *Pages) askUserDelete(w http.ResponseWriter, r *http.Request) error {
	u, err := p.userOf(r)
	if err != nil {
		return err
	}
	return p.userDeletePage(w, r, u, "")
}

func (p *Pages) userDeletePage(w http.ResponseWriter, r *http.Request, u account.User, refusal string) error {
	what, err := p.deletion(r, u)
	if err != nil {
		return err
	}
	form := ui.Form{Action: userPath(u.ID) + "/delete", Submit: "Delete User", Kind: "danger", Refused: refusal, Cancel: &ui.Link{Label: "Cancel", Href: userPath(u.ID)}}
	p.askPasswordIn(r, &form)
	page, err := p.frame(r, pathUsers, "Users :: Delete "+u.Username)
	if err != nil {
		return err
	}
	page.Body = dangerView{ui.Heading{ID: "delete", Area: "Users", Name: "Delete " + u.Username + "?"}, what, form}
	return p.show(w, form.Status(), "danger", page)
}

// deletion says what deleting a user does, in numbers.
func (p *Pages) deletion(r *http.Request, u account.User) ([]string, error) {
	what := []string{"The account " + u.Username + " cannot sign in any more. This cannot be undone; the name may be used again."}
	sessions, err := p.Accounts.Sessions(r.Context())
	if err != nil {
		return nil, err
	}
	n := 0
	for _, s := range sessions {
		if s.UserID == u.ID {
			n++
		}
	}
	tokens, err := p.Accounts.Tokens(r.Context(), u.ID)
	if err != nil {
		return nil, err
	}
	what = append(what, ui.Count(n, "session")+" of this user will end.", ui.Count(len(tokens), "API token")+" of this user will stop working.",
		"What this user did stays in the audit log and in the configuration history.")
	return what, nil
}

// deleteUser deletes an account.
func (p *Pages) deleteUser(w http.ResponseWriter, r *http.Request) error {
	u, err := p.userOf(r)
	if err != nil {
		return err
	}
	principal, _ := gate.From(r.Context())
	err = p.Accounts.Delete(r.Context(), principal.Actor(), u.ID)
	if errors.Is(err, account.ErrLastAdministrator) || errors.Is(err, account.ErrOwnAccount) {
		return p.userDeletePage(w, r, u, ui.Sentence(err.Error()))
	} else if err != nil {
		return err
	}
	return ui.Done(w, r, pathUsers, "user-deleted")
}

// askPasswordIn adds the password to the form of a dangerous act, unless it
// was given a short time ago.
func (p *Pages) askPasswordIn(r *http.Request, form *ui.Form) {
	principal, _ := gate.From(r.Context())
	if !principal.Session.ReauthUntil.After(p.Now()) {
		form.Fields = append(form.Fields, signin.AgainField())
	}
}
