// SPDX-License-Identifier: Apache-2.0

package login

import (
	"net/http"

	"understudy/web/gate"
	"understudy/web/ui"
)

// Handler answers everything that the site is asked: below /login the gate,
// else a plain public page, which is open to everyone and reads only.
func (p *Pages) Handler(g *gate.Gate) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.Serves(r.URL.Path) {
			g.ServeHTTP(w, r)
			return
		}
		p.public(w, r)
	})
}

func (p *Pages) public(w http.ResponseWriter, r *http.Request) {
	gate.Headers(w.Header(), gate.PageCSP)
	status, small := http.StatusOK, ui.Small{
		Title:   "Support portal",
		Text:    "This is the support site of " + p.host() + ". Those who work with it sign in at /login.",
		Actions: []ui.Button{{Label: "Go to /login", Href: pathRoot, Kind: "primary"}},
	}
	switch {
	case r.URL.Path != "/" || gate.Canonical(r) != nil:
		status = http.StatusNotFound
		small.Title, small.Text = "There is no such page", "The address may be mistyped, or what it named is gone."
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		status = http.StatusMethodNotAllowed
		small.Title, small.Text = "That cannot be done here", "This address can only be opened."
	}
	if err := p.ui.Small(w, status, ui.Page{Theme: p.door.Theme(r), Path: pathRoot}, small); err != nil {
		http.Error(w, small.Title, status)
	}
}

// Behind believes the front door, which is the only one who can connect, about
// who the client is.
func Behind(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if address := r.Header.Get("X-Forwarded-For"); address != "" {
			r.RemoteAddr = address
		}
		next.ServeHTTP(w, r)
	})
}
