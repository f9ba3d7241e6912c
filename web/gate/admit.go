// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"understudy/appliance/account"
)

// admit applies the route's limits and policy, and calls its handler.
func (g *Gate) admit(w http.ResponseWriter, r *http.Request, route Route) {
	if route.Limited {
		if over, first := g.attempts.over(w, r); over {
			if first && g.config.OnLimited != nil {
				g.config.OnLimited(r)
			}
			g.refuse(w, r, tooOften)
			return
		}
		if r.ContentLength != 0 { // else there is nothing to wait for
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(g.config.Hurry))
		}
	}
	if route.Policy != Public {
		p, problem := g.identify(r)
		if problem == nil {
			problem = g.judge(r, route, p)
		}
		if problem != nil {
			g.turnAway(w, r, route, *problem)
			return
		}
		r = r.WithContext(With(r.Context(), p))
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && !g.isAPI(r) && !route.Upload {
		if problem := readForm(r); problem != nil {
			g.refuse(w, r, *problem)
			return
		}
	}
	if route.Policy.again() {
		var given bool
		if r, given = g.askAgain(w, r, route); !given {
			return
		}
	}
	if route.Stream {
		endless(w)
	}
	route.Handler(w, r)
}

// identify finds out who asks: by the cookie for pages, by a bearer token for
// the API. A page's own cookie may also read the API, and write to it when the
// browser says that the request comes from this very origin.
func (g *Gate) identify(r *http.Request) (Principal, *Problem) {
	p := Principal{Via: "page", Address: Address(r)}
	secret, kind := readCookie(r, g.config.Cookie), account.KindWeb
	if g.isAPI(r) {
		p.Via = "api"
		if header := r.Header.Get("Authorization"); header != "" {
			bearer, ok := strings.CutPrefix(header, "Bearer ")
			if !ok {
				return p, &signInFirst
			}
			secret, kind = bearer, account.KindAPI
		} else if unsafe(r.Method) && r.Header.Get("Sec-Fetch-Site") != "same-origin" {
			return p, &signInFirst
		}
	}
	if secret == "" {
		return p, &signInFirst
	}
	var err error
	if p.Token = kind == account.KindAPI && strings.HasPrefix(secret, account.TokenPrefix); p.Token {
		p.Session, p.Scopes, err = g.config.Accounts.TokenSession(r.Context(), secret)
	} else {
		p.Session, err = g.config.Accounts.Resume(r.Context(), secret)
	}
	switch {
	case errors.Is(err, account.ErrNoSession), err == nil && !p.Token && p.Session.Kind != kind:
		return p, &signInFirst
	case err != nil:
		problem := g.fail(r, err, nil)
		return p, &problem
	}
	return p, nil
}

func unsafe(method string) bool { return method != http.MethodGet && method != http.MethodHead }

// judge holds the principal against the policy.
func (g *Gate) judge(r *http.Request, route Route, p Principal) *Problem {
	switch {
	case p.Session.MustChange && !route.AllowMustChange:
		return &changeFirst
	case route.Policy >= Administrator && !p.Administrator():
		return &notAllowed
	}
	return p.CheckScope(route.Scope)
}

// turnAway answers who may not pass. A browser that only lacks a session or a
// new password is sent where it gets one; the stream of a page is not, because
// that page stays: somebody may have typed into it.
func (g *Gate) turnAway(w http.ResponseWriter, r *http.Request, route Route, p Problem) {
	if g.isAPI(r) {
		if p.Status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Bearer realm="appliance"`)
		}
		g.refuse(w, r, p)
		return
	}
	if route.Stream {
		g.refuse(w, r, p)
		return
	}
	target := ""
	switch p.Code {
	case signInFirst.Code:
		target = g.signInFor(r)
	case changeFirst.Code:
		target = g.config.ChangePassword
	default:
		g.refuse(w, r, p)
		return
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// Unsent is the query by which the sign-in page learns that a form was turned
// away, if it is "1".
const Unsent = "unsent"

// signInFor is the sign-in page for a request that has no session: it knows the
// way back, and whether a form was sent in vain.
func (g *Gate) signInFor(r *http.Request) string {
	query := url.Values{}
	if next := g.comeBack(r); next != "" {
		query.Set("next", next)
	}
	if unsafe(r.Method) {
		query.Set(Unsent, "1")
	}
	if len(query) == 0 {
		return g.config.SignIn
	}
	return g.config.SignIn + "?" + query.Encode()
}

// comeBack is where to go after signing in: the page asked for, or the one that
// the form is on. That is the page at the form's own path or at the nearest one
// above it; what is added to a list is filled in at "new" below the list.
func (g *Gate) comeBack(r *http.Request) string {
	path := r.URL.Path
	if unsafe(r.Method) && g.pages[path+"/new"] {
		return path + "/new"
	}
	for path != g.config.Prefix && !g.mux.Match(chi.NewRouteContext(), http.MethodGet, path) {
		if !unsafe(r.Method) {
			return ""
		}
		path = path[:strings.LastIndexByte(path, '/')]
	}
	if path == g.config.Prefix {
		return ""
	}
	return path
}

// LocalPath returns path if it is a canonical one below prefix, or prefix
// itself: a link in a query leads nowhere else.
func LocalPath(path, prefix string) string {
	u := &http.Request{URL: &url.URL{Path: path}, RequestURI: path}
	if under(path, prefix) && Canonical(u) == nil {
		return path
	}
	return prefix
}
