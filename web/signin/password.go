// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"errors"
	"net/http"

	"understudy/appliance/account"
	"understudy/web/gate"
	"understudy/web/ui"
)

type passwordView struct {
	Forced  bool
	Form    ui.Form
	SignOut string
}

// PasswordForm asks for the old password and twice for the new one.
func PasswordForm(action string) ui.Form {
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

// TakePassword changes the caller's own password by the values of a
// PasswordForm, or marks in the form why not.
func (h *Half) TakePassword(r *http.Request, form *ui.Form) error {
	if r.PostForm.Get("new") != r.PostForm.Get("again") {
		form.Fail(map[string]string{"again": "This is not the same as the new password."})
		return nil
	}
	principal, _ := gate.From(r.Context())
	s := principal.Session
	err := h.Accounts.ChangePassword(r.Context(), principal.Actor(), s.UserID, r.PostForm.Get("old"), r.PostForm.Get("new"), s)
	var weak *account.PolicyError
	var locked *account.LockedError
	switch {
	case errors.Is(err, account.ErrCredentials):
		form.Fail(map[string]string{"old": "This is not the current password."})
	case errors.As(err, &weak):
		form.Fail(map[string]string{"new": weak.Sentence})
	case errors.As(err, &locked), errors.Is(err, account.ErrBusy):
		form.Refused = ui.Sentence(err.Error())
	default:
		return err
	}
	return nil
}

// askPassword answers the page that an account with a password to change is sent
// to; nothing else opens before that is done.
func (h *Half) askPassword(w http.ResponseWriter, r *http.Request) error {
	return h.passwordPage(w, r, PasswordForm(h.changePassword()))
}

func (h *Half) passwordPage(w http.ResponseWriter, r *http.Request, form ui.Form) error {
	principal, _ := gate.From(r.Context())
	form.Fields[0].Focus = true
	page := h.Outside(r, "Choose a new password")
	page.Body = passwordView{Forced: principal.Session.MustChange, Form: form, SignOut: h.signOut()}
	return h.Show(w, form.Status(), "changepassword", page)
}

// takePassword changes the password before the first page.
func (h *Half) takePassword(w http.ResponseWriter, r *http.Request) error {
	form := PasswordForm(h.changePassword())
	if err := h.TakePassword(r, &form); err != nil {
		return err
	}
	if form.Wrong() {
		return h.passwordPage(w, r, form)
	}
	return ui.Done(w, r, h.Root, "password-changed")
}

type againView struct {
	Act  string // completes "To …"; may be empty
	Form ui.Form
}

// AgainField is the password that a dangerous act asks for.
func AgainField() ui.Field {
	return ui.Field{Name: gate.PasswordField, Label: "Your Password", Type: "password", Complete: "current-password", Max: 1024, Required: true, Width: "single"}
}

// PasswordAgain asks for the password before a dangerous act, and carries the
// form that it interrupted; back is where cancelling leads to.
func (h *Half) PasswordAgain(w http.ResponseWriter, r *http.Request, q gate.PasswordAgain, back string) {
	field := AgainField()
	field.Focus, field.Error = true, q.Error
	form := ui.Form{
		Action: q.Action,
		Fields: []ui.Field{field},
		Submit: "Continue",
		Cancel: &ui.Link{Label: "Cancel", Href: back},
	}
	for _, f := range q.Fields {
		form.Hidden = append(form.Hidden, ui.Hidden(f))
	}
	page := h.Outside(r, "Confirm with your password")
	page.Body = againView{Act: q.Act, Form: form}
	if err := h.Show(w, q.Status, "passwordagain", page); err != nil {
		gate.Fail(w, r, err)
	}
}
