// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"embed"
	"errors"
	"net/http"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/base/updates"
	"understudy/appliance/confirm"
	"understudy/appliance/health"
	"understudy/appliance/revision"
	"understudy/appliance/task"
	"understudy/web/gate"
	"understudy/web/services"
	"understudy/web/signin"
	"understudy/web/ui"
)

//go:embed pages
var pageFiles embed.FS

// Pages are the handlers of /appliance. They keep nothing between requests.
type Pages struct {
	*services.Appliance
	// Beat is the time between two signs of life of a live stream. It may be
	// set before the pages are served.
	Beat time.Duration

	ui   *ui.Renderer
	door *signin.Half
}

// New makes the handlers. An error means that the pages cannot even be listed.
func New(s *services.Appliance) (*Pages, error) {
	renderer, err := ui.New(pageFiles, signin.Templates)
	if err != nil {
		return nil, err
	}
	p := &Pages{Appliance: s, ui: renderer, Beat: 15 * time.Second}
	p.door = &signin.Half{
		Root: pathRoot, Heading: "Sign in to this appliance",
		Accounts: s.Accounts, Audit: s.Audit, Now: s.Now,
		SetCookie: gate.SetCookie, ClearCookie: gate.ClearCookie, ThemeCookie: themeCookie,
		Outside: p.outside, Show: p.show, Done: done, Banners: p.signInBanners,
		Handle: func(a func(http.ResponseWriter, *http.Request) error) http.HandlerFunc { return p.handle(a) },
	}
	return p, nil
}

// themeCookie holds the reader's choice of colours.
const themeCookie = "__Host-understudy-appliance-theme"

// Limited notes that an address tries to sign in too often.
func (p *Pages) Limited(r *http.Request) { p.door.Limited(r) }

// signInBanners say why who cannot sign in with the usual password cannot.
func (p *Pages) signInBanners() []ui.Banner {
	if p.Boot.State.Lost == "" {
		return nil
	}
	return []ui.Banner{{Tone: ui.Bad, Title: "The stored state of this appliance cannot be used",
		Text: "Its accounts are out of reach: sign in with the first-login account to see what can be done."}}
}

// action is a handler that may fail: errors that speak to the caller become
// pages, the rest becomes a failure with a reference.
type action func(w http.ResponseWriter, r *http.Request) error

// handle makes a handler of an action.
func (p *Pages) handle(a action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := a(w, r)
		var trial *updates.TrialError
		for _, busy := range []error{task.ErrBusy, task.ErrClosed} {
			if errors.Is(err, busy) {
				gate.Refuse(w, r, gate.Problem{Status: http.StatusServiceUnavailable, Code: "busy", Title: "Not at the moment", Text: ui.Sentence(busy.Error()), Page: pageOf(r.URL.Path), RetryAfter: 5 * time.Second})
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, task.ErrNotFound), errors.Is(err, account.ErrNotFound), errors.Is(err, revision.ErrNotFound), errors.Is(err, health.ErrNotFound), errors.Is(err, errNoAddress):
			gate.NotFound(w, r)
		case errors.Is(err, revision.ErrStale), errors.Is(err, confirm.ErrPending), errors.Is(err, confirm.ErrNotFound), errors.Is(err, confirm.ErrReverting), errors.Is(err, revision.ErrNothing):
			gate.Refuse(w, r, gate.Problem{Status: http.StatusConflict, Code: "conflict", Title: "Nothing was changed", Text: ui.Sentence(err.Error()), Page: pageOf(r.URL.Path)})
		case errors.As(err, &trial):
			gate.Refuse(w, r, gate.Problem{Status: http.StatusConflict, Code: "conflict", Title: "Nothing was changed", Text: ui.Sentence(trial.Error()), Page: pageOf(r.URL.Path)})
		default:
			gate.Fail(w, r, err)
		}
	}
}

// show renders a page.
func (p *Pages) show(w http.ResponseWriter, status int, name string, page ui.Page) error {
	return p.ui.Page(w, status, name, page)
}
