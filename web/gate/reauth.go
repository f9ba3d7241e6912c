// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"understudy/appliance/account"
)

// PasswordField is the name of the field in which a form may carry the
// password that a dangerous act asks for. Handlers never see it.
const PasswordField = "confirm-password"

// PasswordAgain is the page that asks for the password before a dangerous act.
// It sends the form again that it interrupted, to the same path.
type PasswordAgain struct {
	Principal Principal
	Action    string  // the path that the form goes to
	Act       string  // completes "To …"; may be empty
	Fields    []Field // what the interrupted form held
	Error     string  // why the last try was refused; empty at first
	Status    int
}

// Field is one value of a form.
type Field struct{ Name, Value string }

// askAgain reports whether the password was given recently enough. If not, it
// takes the one that the form carries, or answers with the page that asks. The
// request that goes on knows that it was given: a form that is shown again does
// not ask for it once more.
func (g *Gate) askAgain(w http.ResponseWriter, r *http.Request, route Route) (*http.Request, bool) {
	p, _ := From(r.Context())
	if p.Token {
		return r, true // whoever made the token gave the password, and chose its scopes
	}
	if p.Session.ReauthUntil.After(g.config.Now()) {
		delete(r.PostForm, PasswordField)
		return r, true
	}
	if g.isAPI(r) {
		g.refuse(w, r, passwordFirst)
		return r, false
	}
	q := PasswordAgain{Principal: p, Action: r.URL.Path, Act: route.Act, Status: http.StatusForbidden}
	if given, sent := r.PostForm[PasswordField]; sent {
		delete(r.PostForm, PasswordField)
		var problem *Problem
		if q.Error, q.Status, problem = g.tryPassword(r, p.Session, given[0]); problem != nil {
			g.refuse(w, r, *problem)
			return r, false
		} else if q.Error == "" {
			return g.proven(r), true
		}
	}
	q.Fields = flatten(r.PostForm)
	g.config.Pages.PasswordAgain(w, r, q)
	return r, false
}

// proven returns the request with its session as it is since the password was
// given. Who cannot be looked up again just now is asked once more at worst.
func (g *Gate) proven(r *http.Request) *http.Request {
	p, problem := g.identify(r)
	if problem != nil {
		return r
	}
	return r.WithContext(With(r.Context(), p))
}

// tryPassword opens the window, or says in a sentence why not.
func (g *Gate) tryPassword(r *http.Request, s account.Session, password string) (refusal string, status int, problem *Problem) {
	if password == "" {
		return "Enter your password.", http.StatusUnprocessableEntity, nil
	}
	err := g.config.Accounts.Reauthenticate(r.Context(), s, password)
	var locked *account.LockedError
	switch {
	case err == nil:
		return "", http.StatusOK, nil
	case errors.Is(err, account.ErrCredentials):
		return "That is not the password of this account.", http.StatusUnprocessableEntity, nil
	case errors.As(err, &locked):
		wait := locked.Until.Sub(g.config.Now()).Round(time.Minute)
		return fmt.Sprintf("Too many wrong passwords: this account is locked for %v.", max(wait, time.Minute)), http.StatusUnprocessableEntity, nil
	case errors.Is(err, account.ErrBusy):
		return "", 0, &tooBusy
	}
	failed := g.fail(r, err, nil)
	return "", 0, &failed
}

// flatten lists the values of a form in a fixed order.
func flatten(values url.Values) []Field {
	var fields []Field
	for name, list := range values {
		for _, v := range list {
			fields = append(fields, Field{name, v})
		}
	}
	slices.SortStableFunc(fields, func(a, b Field) int {
		return strings.Compare(a.Name, b.Name)
	})
	return fields
}
