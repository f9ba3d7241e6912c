// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"

	"understudy/appliance/account"
	"understudy/web/gate"
	"understudy/web/ui"
)

func newUserForm() ui.Form {
	return ui.Form{
		Action: pathUsers,
		Fields: []ui.Field{
			{Name: "username", Label: "Username", Max: 64, Required: true, Focus: true, Width: "middle", Help: "Small letters, digits and . _ - @. It cannot be changed later."},
			{Name: "display-name", Label: "Display Name", Max: 100, Width: "middle"},
			roleField(account.Administrator),
			{Name: "password", Label: "Password", Type: "password", Complete: "new-password", Max: 1024, Required: true, Width: "middle"},
			{Name: "must-change", Label: "Must change the password at the first sign-in", Type: "checkbox", Checked: true},
		},
		Submit: "Add User",
		Cancel: &ui.Link{Label: "Cancel", Href: pathUsers},
	}
}

func roleField(role account.Role) ui.Field {
	return ui.Field{Name: "role", Label: "Role", Type: "select", Width: "middle", Options: []ui.Option{
		{Value: string(account.Administrator), Label: "Administrator", Selected: role == account.Administrator},
		{Value: string(account.ReadOnly), Label: "Read-only", Selected: role == account.ReadOnly},
	}, Help: "A read-only user sees every page and changes nothing but the own password."}
}

// formView is a page that is one section with one form.
type formView struct {
	Heading ui.Heading
	Form    ui.Form
}

// askUser answers the page that adds a user.
func (p *Pages) askUser(w http.ResponseWriter, r *http.Request) error {
	return p.userPage(w, r, newUserForm())
}

func (p *Pages) userPage(w http.ResponseWriter, r *http.Request, form ui.Form) error {
	page, err := p.frame(r, pathUsers, "Users :: Add User")
	if err != nil {
		return err
	}
	page.Body = formView{ui.Heading{ID: "user", Area: "Users", Name: "Add User"}, form}
	return p.show(w, form.Status(), "form", page)
}

// addUser makes an account.
func (p *Pages) addUser(w http.ResponseWriter, r *http.Request) error {
	form := newUserForm()
	form.Fill(r.PostForm)
	principal, _ := gate.From(r.Context())
	_, err := p.Accounts.Add(r.Context(), principal.Actor(), account.NewUser{
		Username:    r.PostForm.Get("username"),
		DisplayName: r.PostForm.Get("display-name"),
		Password:    r.PostForm.Get("password"),
		Role:        account.Role(r.PostForm.Get("role")),
		MustChange:  r.PostForm.Get("must-change") != "",
	})
	if wrong, err := userErrors(err, &form); err != nil {
		return err
	} else if wrong {
		return p.userPage(w, r, form)
	}
	return ui.Done(w, r, pathUsers, "user-added")
}
