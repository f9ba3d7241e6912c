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
	"understudy/web/signin"
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
	ui   *ui.Renderer
	door *signin.Half
}

// New makes the handlers. An error means that the pages cannot even be listed.
func New(s Services) (*Pages, error) {
	renderer, err := ui.NewAt(pathRoot, pageFiles, signin.Templates)
	if err != nil {
		return nil, err
	}
	p := &Pages{Services: s, ui: renderer}
	p.door = &signin.Half{
		Root: pathRoot, Heading: "Sign in",
		Accounts: s.Accounts, Audit: s.Audit, Now: s.Now,
		SetCookie: gate.SetSiteCookie, ClearCookie: gate.ClearSiteCookie, ThemeCookie: gate.SiteCookie + "-theme",
		Outside: p.outside, Show: p.show, Done: done, Banners: func() []ui.Banner { return nil },
		Handle: func(a func(http.ResponseWriter, *http.Request) error) http.HandlerFunc { return p.handle(a) },
	}
	return p, nil
}

// Gate puts the pages behind a gate of their own. c holds limits and who is
// told of failures; the rest is filled in.
func (p *Pages) Gate(c gate.Config) (*gate.Gate, error) {
	c.Accounts, c.Pages, c.Now = p.Accounts, p, p.Now
	c.Prefix, c.Cookie = pathRoot, gate.SiteCookie
	c.OnLimited = p.door.Limited
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
