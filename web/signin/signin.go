// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/web/gate"
	"understudy/web/ui"
)

type signInView struct {
	Heading string
	Form    ui.Form
}

func (h *Half) signInForm(next string) ui.Form {
	return ui.Form{
		Action: h.signIn(),
		Hidden: []ui.Hidden{{Name: "next", Value: next}},
		Fields: []ui.Field{
			{Name: "username", Label: "Username", Complete: "username", Max: 64, Required: true, Focus: true},
			{Name: "password", Label: "Password", Type: "password", Complete: "current-password", Max: 1024, Required: true},
		},
		Submit: "Sign In",
	}
}

// askSignIn answers the page for those who are not signed in.
func (h *Half) askSignIn(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	form := h.signInForm(gate.LocalPath(query.Get("next"), h.Root))
	if query.Get(gate.Unsent) == "1" {
		form.Refused = "Your session has ended. Nothing was changed."
	}
	return h.signInPage(w, r, form, http.StatusOK)
}

func (h *Half) signInPage(w http.ResponseWriter, r *http.Request, form ui.Form, status int) error {
	page := h.Outside(r, "Sign in")
	page.Done, page.Banners = h.Done(r), h.Banners()
	page.Body = signInView{Heading: h.Heading, Form: form}
	return h.Show(w, status, "signin", page)
}

// takeSignIn takes the name and the password.
func (h *Half) takeSignIn(w http.ResponseWriter, r *http.Request) error {
	next := gate.LocalPath(r.PostForm.Get("next"), h.Root)
	name, password := r.PostForm.Get("username"), r.PostForm.Get("password")
	secret, session, err := h.Accounts.SignIn(r.Context(), gate.Stranger(r, name, "page"), name, password, r.UserAgent(), account.KindWeb)
	if err != nil {
		return h.refuseSignIn(w, r, next, err)
	}
	h.SetCookie(w, secret)
	if session.MustChange {
		next = h.changePassword()
	}
	return ui.Done(w, r, next, "")
}

func (h *Half) refuseSignIn(w http.ResponseWriter, r *http.Request, next string, err error) error {
	form, status := h.signInForm(next), http.StatusUnprocessableEntity
	form.Fill(r.PostForm)
	var locked *account.LockedError
	switch {
	case errors.Is(err, account.ErrCredentials):
		form.Refused = "The user name or the password is wrong."
	case errors.As(err, &locked):
		form.Refused = "This user name is locked after too many wrong passwords. Try again in " + ui.Duration(max(locked.Until.Sub(h.Now()), time.Second)) + "."
	case errors.Is(err, account.ErrBusy):
		form.Refused, status = ui.Sentence(err.Error()), http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	default:
		return err
	}
	return h.signInPage(w, r, form, status)
}

// takeSignOut ends the session that asks for it.
func (h *Half) takeSignOut(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	if err := h.Accounts.SignOut(r.Context(), principal.Session); err != nil {
		return err
	}
	h.ClearCookie(w)
	return ui.Done(w, r, h.signIn(), "signed-out")
}

// Limited notes in the audit log that an address tries to sign in too often, by
// the page or by the API below the half's root. The gate tells it once a minute:
// the log has every flood, and none can fill it.
func (h *Half) Limited(r *http.Request) {
	via := "page"
	if strings.HasPrefix(r.URL.Path, h.Root+"/api/") {
		via = "api"
	}
	// The attempt is refused either way, and a log that cannot be written is a
	// health warning of its own.
	_ = h.Audit.Append(r.Context(), gate.Stranger(r, "", via), audit.Entry{
		Action: "sign-in", Object: r.URL.Path, Outcome: audit.Refused,
		Detail: "Too many attempts from this address: further ones within a minute are refused without being looked at.",
	})
}
