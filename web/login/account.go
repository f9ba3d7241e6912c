// SPDX-License-Identifier: Apache-2.0

package login

import (
	"context"
	"errors"
	"net/http"

	"understudy/appliance/account"
	"understudy/web/gate"
	"understudy/web/signin"
	"understudy/web/ui"
)

// accountView is My Account. One of its forms may have come back.
type accountView struct {
	Facts    []ui.Fact
	Name     ui.Form
	Password ui.Form
	Sessions []sessionRow
}

type sessionRow struct {
	Agent, Address, Seen string
	Created              ui.Moment
	Own                  bool // the one that asks
	End                  ui.Button
}

// accountForms are the forms that a handler has something to say about; the
// others are shown as they begin.
type accountForms struct{ name, password *ui.Form }

func displayNameForm(current string) ui.Form {
	return ui.Form{
		Action: pathAccount + "/name",
		Fields: []ui.Field{{Name: "display-name", Label: "Display Name", Value: current, Complete: "name", Max: 100, Width: "middle",
			Help: "Shown beside your user name. Empty takes the user name."}},
		Submit: "Save Changes",
	}
}

// showAccount answers My Account.
func (p *Pages) showAccount(w http.ResponseWriter, r *http.Request) error {
	return p.accountPage(w, r, accountForms{})
}

func (p *Pages) accountPage(w http.ResponseWriter, r *http.Request, forms accountForms) error {
	principal, _ := gate.From(r.Context())
	user, err := p.Accounts.User(r.Context(), principal.Session.UserID)
	if err != nil {
		return err
	}
	changed, last := ui.At(user.PasswordChanged, p.zone()), ui.At(user.LastSignIn, p.zone())
	view := accountView{
		Facts: []ui.Fact{{Name: "Username", Text: user.Username}, {Name: "Role", Text: roleName(user.Role)},
			{Name: "Last sign-in", Time: &last}, {Name: "Password changed", Time: &changed}},
		Name:     displayNameForm(user.DisplayName),
		Password: signin.PasswordForm(pathAccount + "/password"),
	}
	status := http.StatusOK
	if forms.name != nil {
		view.Name, status = *forms.name, http.StatusUnprocessableEntity
	}
	if forms.password != nil {
		view.Password, status = *forms.password, http.StatusUnprocessableEntity
	}
	if view.Sessions, err = p.sessions(r.Context(), principal); err != nil {
		return err
	}
	page := p.frame(r, pathAccount, "My Account")
	page.Body = view
	return p.show(w, status, "account", page)
}

// sessions lists those of the caller.
func (p *Pages) sessions(ctx context.Context, principal gate.Principal) ([]sessionRow, error) {
	all, err := p.Accounts.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	var rows []sessionRow
	for _, s := range all {
		if s.UserID == principal.Session.UserID {
			rows = append(rows, sessionRow{
				Agent: ui.Agent(s.Agent), Address: s.Address, Created: ui.At(s.Created, p.zone()), Seen: ui.Ago(s.LastSeen, p.Now()),
				Own: s.ID == principal.Session.ID,
				End: ui.Button{Label: "End", Post: pathAccount + "/sessions/" + s.ID + "/end", Kind: "little", Note: "the session from " + s.Address},
			})
		}
	}
	return rows, nil
}

// rename changes the caller's own display name.
func (p *Pages) rename(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	name := r.PostForm.Get("display-name")
	err := p.Accounts.Update(r.Context(), principal.Actor(), principal.Session.UserID, account.UserChange{DisplayName: &name})
	var invalid *account.InvalidError
	if errors.As(err, &invalid) {
		form := displayNameForm(name)
		form.Fail(map[string]string{"display-name": ui.Sentence(err.Error())})
		return p.accountPage(w, r, accountForms{name: &form})
	}
	if err != nil {
		return err
	}
	return ui.Done(w, r, pathAccount, "name-changed")
}

// endSession ends another session of the caller.
func (p *Pages) endSession(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	all, err := p.Accounts.Sessions(r.Context())
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.ID == gate.Param(r, "id") && s.UserID == principal.Session.UserID {
			if err := p.Accounts.EndSession(r.Context(), principal.Actor(), s.ID); err != nil {
				return err
			}
			return ui.Done(w, r, pathAccount, "session-ended")
		}
	}
	return account.ErrNotFound
}
