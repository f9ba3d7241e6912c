// SPDX-License-Identifier: Apache-2.0

package login

import (
	"errors"
	"net/http"
	"time"

	"understudy/appliance/account"
	"understudy/web/gate"
	"understudy/web/ui"
)

type signInView struct{ Form ui.Form }

func signInForm(next string) ui.Form {
	return ui.Form{
		Action: pathSignIn,
		Hidden: []ui.Hidden{{Name: "next", Value: next}},
		Fields: []ui.Field{
			{Name: "username", Label: "Username", Complete: "username", Max: 64, Required: true, Focus: true},
			{Name: "password", Label: "Password", Type: "password", Complete: "current-password", Max: 1024, Required: true},
		},
		Submit: "Sign In",
	}
}

// askSignIn answers the page for those who are not signed in.
func (p *Pages) askSignIn(w http.ResponseWriter, r *http.Request) error {
	return p.signInPage(w, r, signInForm(gate.LocalPath(r.URL.Query().Get("next"), pathRoot)), http.StatusOK)
}

func (p *Pages) signInPage(w http.ResponseWriter, r *http.Request, form ui.Form, status int) error {
	page := p.outside(r, "Sign in")
	page.Done = doneSentences[r.URL.Query().Get("done")]
	page.Body = signInView{Form: form}
	return p.show(w, status, "signin", page)
}

// signIn takes the name and the password.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) error {
	next := gate.LocalPath(r.PostForm.Get("next"), pathRoot)
	name, password := r.PostForm.Get("username"), r.PostForm.Get("password")
	secret, session, err := p.Accounts.SignIn(r.Context(), gate.Stranger(r, name, "page"), name, password, r.UserAgent(), account.KindWeb)
	if err != nil {
		return p.signInRefused(w, r, next, err)
	}
	gate.SetSiteCookie(w, secret)
	if session.MustChange {
		next = pathChangePassword
	}
	return done(w, r, next, "")
}

func (p *Pages) signInRefused(w http.ResponseWriter, r *http.Request, next string, err error) error {
	form, status := signInForm(next), http.StatusUnprocessableEntity
	form.Fill(r.PostForm)
	var locked *account.LockedError
	switch {
	case errors.Is(err, account.ErrCredentials):
		form.Refused = "The user name or the password is wrong."
	case errors.As(err, &locked):
		form.Refused = "This user name is locked after too many wrong passwords. Try again in " + ui.Duration(max(locked.Until.Sub(p.Now()), time.Second)) + "."
	case errors.Is(err, account.ErrBusy):
		form.Refused, status = sentence(err), http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	default:
		return err
	}
	return p.signInPage(w, r, form, status)
}

// signOut ends the session that asks for it.
func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	if err := p.Accounts.SignOut(r.Context(), principal.Session); err != nil {
		return err
	}
	gate.ClearSiteCookie(w)
	return done(w, r, pathSignIn, "signed-out")
}
