// SPDX-License-Identifier: Apache-2.0

package login

import (
	"errors"
	"net/http"

	"understudy/appliance/account"
	"understudy/web/gate"
	"understudy/web/ui"
)

type changePasswordView struct {
	Forced bool
	Form   ui.Form
}

// passwordForm asks for the old password and twice for the new one.
func passwordForm(action string) ui.Form {
	return ui.Form{
		Action: action,
		Fields: []ui.Field{
			{Name: "old", Label: "Current Password", Type: "password", Complete: "current-password", Max: 1024, Required: true, Width: "single"},
			{Name: "new", Label: "New Password", Type: "password", Complete: "new-password", Max: 1024, Required: true, Width: "single",
				Help: "Long is what counts: a few words are better than a few signs. Pasting is fine."},
			{Name: "again", Label: "New Password Again", Type: "password", Complete: "new-password", Max: 1024, Required: true, Width: "single"},
		},
		Submit: "Change Password",
	}
}

// askChangePassword answers the page that an account with a password to change
// is sent to; nothing else opens before that is done.
func (p *Pages) askChangePassword(w http.ResponseWriter, r *http.Request) error {
	return p.changePasswordPage(w, r, passwordForm(pathChangePassword))
}

func (p *Pages) changePasswordPage(w http.ResponseWriter, r *http.Request, form ui.Form) error {
	principal, _ := gate.From(r.Context())
	form.Fields[0].Focus = true
	page := p.outside(r, "Choose a new password")
	page.Body = changePasswordView{Forced: principal.Session.MustChange, Form: form}
	return p.show(w, refused(form), "changepassword", page)
}

// changePassword changes it, before the first page or from My Account.
func (p *Pages) changePassword(w http.ResponseWriter, r *http.Request) error {
	form := passwordForm(pathChangePassword)
	if err := p.takePassword(r, &form); err != nil {
		return err
	}
	if form.Wrong() {
		return p.changePasswordPage(w, r, form)
	}
	return done(w, r, pathRoot, "password-changed")
}

// takePassword changes the caller's own password, or marks in the form why
// not.
func (p *Pages) takePassword(r *http.Request, form *ui.Form) error {
	if r.PostForm.Get("new") != r.PostForm.Get("again") {
		form.Fail(map[string]string{"again": "This is not the same as the new password."})
		return nil
	}
	principal, _ := gate.From(r.Context())
	s := principal.Session
	err := p.Accounts.ChangePassword(r.Context(), principal.Actor(), s.UserID, r.PostForm.Get("old"), r.PostForm.Get("new"), s)
	var weak *account.PolicyError
	var locked *account.LockedError
	switch {
	case errors.Is(err, account.ErrCredentials):
		form.Fail(map[string]string{"old": "This is not the current password."})
	case errors.As(err, &weak):
		form.Fail(map[string]string{"new": weak.Sentence})
	case errors.As(err, &locked), errors.Is(err, account.ErrBusy):
		form.Refused = sentence(err)
	default:
		return err
	}
	return nil
}

// changeOwnPassword changes the password from My Account.
func (p *Pages) changeOwnPassword(w http.ResponseWriter, r *http.Request) error {
	form := passwordForm(pathAccount + "/password")
	if err := p.takePassword(r, &form); err != nil {
		return err
	}
	if form.Wrong() {
		return p.accountPage(w, r, accountForms{password: &form})
	}
	return done(w, r, pathAccount, "password-changed")
}
