// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"errors"
	"net/http"

	"understudy/appliance/account"
	"understudy/web/gate"
	"understudy/web/ui"
)

type userEditView struct {
	Heading ui.Heading
	State   ui.Pill
	Form    ui.Form
	Locked  string     // for how long, if it is
	Unlock  *ui.Button // only while locked
	Delete  *ui.Button // nil for the caller's own account
}

func userForm(u account.User) ui.Form {
	return ui.Form{
		Action: userPath(u.ID),
		Fields: []ui.Field{
			{Name: "display-name", Label: "Display Name", Value: u.DisplayName, Max: 100, Width: "middle"},
			roleField(u.Role),
			{Name: "password", Label: "New Password", Type: "password", Complete: "new-password", Max: 1024, Width: "middle",
				Help: "Leave it empty to keep the password. A new one ends the sessions of this user."},
			{Name: "must-change", Label: "Must change the password at the next sign-in", Type: "checkbox", Checked: u.MustChange},
			{Name: "enabled", Label: "Enabled", Type: "checkbox", Checked: !u.Disabled, Help: "A disabled user is signed out at once and cannot sign in."},
		},
		Submit: "Save Changes",
		Cancel: &ui.Link{Label: "Cancel", Href: pathUsers},
	}
}

// askUserChange answers the page that edits a user.
func (p *Pages) askUserChange(w http.ResponseWriter, r *http.Request) error {
	u, err := p.userOf(r)
	if err != nil {
		return err
	}
	return p.userEditPage(w, r, u, userForm(u))
}

func (p *Pages) userEditPage(w http.ResponseWriter, r *http.Request, u account.User, form ui.Form) error {
	principal, _ := gate.From(r.Context())
	page, err := p.frame(r, pathUsers, "Users :: "+u.Username)
	if err != nil {
		return err
	}
	view := userEditView{Heading: ui.Heading{ID: "user", Area: "Users", Name: u.Username}, State: p.userState(u), Form: form}
	if u.LockedUntil.After(p.Now()) {
		view.Locked = ui.Duration(u.LockedUntil.Sub(p.Now()))
		view.Unlock = &ui.Button{Label: "Unlock", Post: userPath(u.ID) + "/unlock", Note: u.Username}
	}
	if u.ID != principal.Session.UserID {
		view.Delete = &ui.Button{Label: "Delete User", Href: userPath(u.ID) + "/delete", Kind: "danger", Note: u.Username}
	}
	page.Body = view
	return p.show(w, form.Status(), "useredit", page)
}

// changeUser changes an account.
func (p *Pages) changeUser(w http.ResponseWriter, r *http.Request) error {
	u, err := p.userOf(r)
	if err != nil {
		return err
	}
	principal, _ := gate.From(r.Context())
	name, role := r.PostForm.Get("display-name"), account.Role(r.PostForm.Get("role"))
	disabled, mustChange := r.PostForm.Get("enabled") == "", r.PostForm.Get("must-change") != ""
	change := account.UserChange{DisplayName: &name, Role: &role, Disabled: &disabled, MustChange: &mustChange}
	if password := r.PostForm.Get("password"); password != "" {
		change.Password = &password
	}
	form := userForm(u)
	form.Fill(r.PostForm)
	err = p.Accounts.Update(r.Context(), principal.Actor(), u.ID, change)
	if wrong, err := userErrors(err, &form); err != nil {
		return err
	} else if wrong {
		return p.userEditPage(w, r, u, form)
	}
	return ui.Done(w, r, pathUsers, "user-changed")
}

// unlockUser ends the lock after too many wrong passwords.
func (p *Pages) unlockUser(w http.ResponseWriter, r *http.Request) error {
	u, err := p.userOf(r)
	if err != nil {
		return err
	}
	principal, _ := gate.From(r.Context())
	if err := p.Accounts.Unlock(r.Context(), principal.Actor(), u.ID); err != nil {
		return err
	}
	return ui.Done(w, r, pathUsers, "user-unlocked")
}

// userErrors puts what package account says of a request at the fields of a
// form. It returns the errors that are not about the request.
func userErrors(err error, form *ui.Form) (wrong bool, other error) {
	var invalid *account.InvalidError
	var weak *account.PolicyError
	switch {
	case err == nil:
		return false, nil
	case errors.As(err, &invalid):
		form.Fail(map[string]string{accountFields[invalid.Field]: ui.Sentence(err.Error())})
	case errors.As(err, &weak):
		form.Fail(map[string]string{"password": ui.Sentence(err.Error())})
	case errors.Is(err, account.ErrExists):
		form.Fail(map[string]string{"username": ui.Sentence(err.Error())})
	case errors.Is(err, account.ErrLastAdministrator), errors.Is(err, account.ErrBusy):
		form.Refused = ui.Sentence(err.Error())
	default:
		return false, err
	}
	return true, nil
}

// accountFields translates the fields of package account to those of forms.
var accountFields = map[string]string{
	"username":    "username",
	"displayName": "display-name",
	"role":        "role",
	"password":    "password",
	"name":        "token-name",
	"scopes":      "scopes",
	"ttl":         "lifetime",
}
