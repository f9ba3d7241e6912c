// SPDX-License-Identifier: Apache-2.0

package login

import (
	"embed"
	"errors"
	"net/http"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/basectl"
	"understudy/pkgstore/pack"
	"understudy/web/gate"
	"understudy/web/ui"
)

//go:embed pages
var pageFiles embed.FS

// Services are what the pages are given. The functions may be called at any
// time from any goroutine.
type Services struct {
	Accounts *account.Accounts
	Audit    *audit.Log
	Now      func() time.Time
	Facts    func() basectl.Facts // what the box says of itself
	Summary  func() pack.Summary  // of the installed package
}

// Pages are the handlers of /login. They keep nothing between requests.
type Pages struct {
	Services
	ui *ui.Renderer
}

// New makes the handlers. An error means that the pages cannot even be listed.
func New(s Services) (*Pages, error) {
	renderer, err := ui.NewAt(pathRoot, pageFiles)
	if err != nil {
		return nil, err
	}
	return &Pages{Services: s, ui: renderer}, nil
}

// Gate puts the pages behind a gate of their own. c holds limits and who is
// told of failures; the rest is filled in.
func (p *Pages) Gate(c gate.Config) (*gate.Gate, error) {
	c.Accounts, c.Pages, c.Now = p.Accounts, p, p.Now
	c.Prefix, c.Cookie = pathRoot, gate.SiteCookie
	c.OnLimited = p.limited
	return gate.New(c, p.Routes())
}

// action is a handler that may fail: errors that speak to the caller become
// pages, the rest becomes a failure with a reference.
type action func(w http.ResponseWriter, r *http.Request) error

func (p *Pages) handle(a action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := a(w, r)
		switch {
		case err == nil:
		case errors.Is(err, account.ErrNotFound):
			gate.NotFound(w, r)
		default:
			gate.Fail(w, r, err)
		}
	}
}

func (p *Pages) show(w http.ResponseWriter, status int, name string, page ui.Page) error {
	return p.ui.Page(w, status, name, page)
}

// done sends the browser on to a page that says what was done.
func done(w http.ResponseWriter, r *http.Request, path, what string) error {
	if what != "" {
		path += "?done=" + what
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// refused says whether a form is shown for the first time or came back.
func refused(f ui.Form) int {
	if f.Wrong() {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// limited notes in the audit log that an address tries to sign in too often;
// the gate tells it once a minute.
func (p *Pages) limited(r *http.Request) {
	// The attempt is refused either way.
	_ = p.Audit.Append(r.Context(), gate.Stranger(r, "", "page"), audit.Entry{
		Action: "sign-in", Object: r.URL.Path, Outcome: audit.Refused,
		Detail: "Too many attempts from this address: further ones within a minute are refused without being looked at.",
	})
}
