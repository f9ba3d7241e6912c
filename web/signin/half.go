// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"embed"
	"net/http"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/web/gate"
	"understudy/web/ui"
)

// Templates are the pages, for a half's renderer.
//
//go:embed pages
var Templates embed.FS

// maxBody caps the body of the forms that strangers may send, in bytes.
const maxBody = 8 << 10

// Half is what /appliance and /login do differently. The functions may be called
// at any time from any goroutine.
type Half struct {
	Root        string // path of its first page
	Heading     string // of the sign-in page
	Accounts    *account.Accounts
	Audit       *audit.Log
	Now         func() time.Time
	SetCookie   func(w http.ResponseWriter, secret string)
	ClearCookie func(w http.ResponseWriter)
	ThemeCookie string // name

	// Outside is the frame of a page without tabs, Show renders one, and Handle
	// makes a handler of an action that may fail.
	Outside func(r *http.Request, title string) ui.Page
	Show    func(w http.ResponseWriter, status int, name string, page ui.Page) error
	Handle  func(action func(w http.ResponseWriter, r *http.Request) error) http.HandlerFunc
	// Banners stand above the sign-in page; Done is what it says of the act that
	// led to it.
	Banners func() []ui.Banner
	Done    func(r *http.Request) string
}

// Routes lists the pages and who may call them.
func (h *Half) Routes() []gate.Route {
	return []gate.Route{
		{Method: http.MethodGet, Pattern: h.signIn(), Policy: gate.Public, Handler: h.Handle(h.askSignIn)},
		{Method: http.MethodPost, Pattern: h.signIn(), Policy: gate.Public, Limited: true, MaxBody: maxBody, Handler: h.Handle(h.takeSignIn)},
		{Method: http.MethodPost, Pattern: h.signOut(), Policy: gate.SignedIn, AllowMustChange: true, Handler: h.Handle(h.takeSignOut)},
		{Method: http.MethodGet, Pattern: h.changePassword(), Policy: gate.SignedIn, AllowMustChange: true, Handler: h.Handle(h.askPassword)},
		{Method: http.MethodPost, Pattern: h.changePassword(), Policy: gate.SignedIn, AllowMustChange: true, Handler: h.Handle(h.takePassword)},
		{Method: http.MethodPost, Pattern: h.Root + "/theme", Policy: gate.Public, MaxBody: maxBody, Handler: h.Handle(h.takeTheme)},
	}
}

func (h *Half) signIn() string         { return h.Root + "/sign-in" }
func (h *Half) signOut() string        { return h.Root + "/sign-out" }
func (h *Half) changePassword() string { return h.Root + "/change-password" }
