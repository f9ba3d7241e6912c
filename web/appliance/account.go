// SPDX-License-Identifier: Apache-2.0

package appliance

import (
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
	Tokens   []tokenRow
	NewToken tokenForm
	Secret   string // of a token made just now; shown once
}

// OwnSessions is the list as the shared template takes it.
func (v accountView) OwnSessions() sessionsView { return sessionsView{Rows: v.Sessions, MayEnd: true} }

// accountForms are the forms of My Account that a handler has something to say
// about; the others are shown as they begin.
type accountForms struct {
	name, password *ui.Form
	token          *tokenForm
	secret         string
}

// showAccount answers My Account.
func (p *Pages) showAccount(w http.ResponseWriter, r *http.Request) error {
	return p.accountPage(w, r, accountForms{})
}

func (p *Pages) accountPage(w http.ResponseWriter, r *http.Request, forms accountForms) error {
	ctx := r.Context()
	principal, _ := gate.From(ctx)
	user, err := p.Accounts.User(ctx, principal.Session.UserID)
	if err != nil {
		return err
	}
	view := accountView{
		Facts:    p.accountFacts(user),
		Name:     displayNameForm(user.DisplayName),
		Password: signin.PasswordForm(pathAccount + "/password"),
		NewToken: newTokenForm(user.Role),
		Secret:   forms.secret,
	}
	status := http.StatusOK
	if forms.name != nil {
		view.Name, status = *forms.name, http.StatusUnprocessableEntity
	}
	if forms.password != nil {
		view.Password, status = *forms.password, http.StatusUnprocessableEntity
	}
	if forms.token != nil {
		view.NewToken, status = *forms.token, http.StatusUnprocessableEntity
	}
	if view.Sessions, err = p.sessionRows(ctx, user.ID, pathAccount+"/sessions"); err != nil {
		return err
	}
	if view.Tokens, err = p.tokenRows(ctx, user.ID); err != nil {
		return err
	}
	page, err := p.frame(r, pathAccount, "Users :: My Account")
	if err != nil {
		return err
	}
	page.Body = view
	return p.show(w, status, "account", page)
}

func (p *Pages) accountFacts(u account.User) []ui.Fact {
	changed, last := ui.At(u.PasswordChanged, p.zone()), ui.At(u.LastSignIn, p.zone())
	return []ui.Fact{
		{Name: "Username", Text: u.Username},
		{Name: "Role", Text: roleName(u.Role)},
		{Name: "Last sign-in", Time: &last},
		{Name: "Password changed", Time: &changed},
	}
}
