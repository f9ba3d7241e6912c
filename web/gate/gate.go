// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"understudy/appliance/account"
)

// Accounts is what the gate asks of package account.
type Accounts interface {
	Resume(ctx context.Context, secret string) (account.Session, error)
	TokenSession(ctx context.Context, secret string) (account.Session, []string, error)
	Reauthenticate(ctx context.Context, s account.Session, password string) error
}

// Config is what a gate needs. Accounts and Pages are required; a number that
// is zero takes its default.
type Config struct {
	Accounts Accounts
	Pages    Pages
	Now      func() time.Time // default time.Now

	Prefix         string // what this gate serves, default "/appliance"
	SignIn         string // where strangers are sent, default Prefix + "/sign-in"
	ChangePassword string // where a forced change happens, default Prefix + "/change-password"
	Cookie         string // name of the session's cookie, default Cookie

	InFlight  int // requests under way, default 128
	Limited   int // of these on limited routes, default 16
	Streams   int // open streams, default 64
	PerMinute int // calls of limited routes per address and minute, default 60

	// Hurry is how long what is sent to a limited route may take to arrive,
	// default 10 seconds: with PerMinute, one address holds ten of its places.
	Hurry time.Duration

	// Trusted reports whether the certificate is one that browsers trust.
	Trusted func() bool
	// OnLimited is told once a minute of an address that exceeds PerMinute.
	OnLimited func(r *http.Request)
	// OnFailure is told of a panic in a handler, or of a failed look-up of a
	// session; reference is what the page shows. Not of what failed because the
	// caller has left.
	OnFailure func(r *http.Request, reference string, cause any, stack []byte)
}

func (c *Config) fill() error {
	if c.Accounts == nil || c.Pages == nil {
		return errors.New("gate: accounts and pages are required")
	}
	c.Prefix = cmp.Or(c.Prefix, "/appliance")
	c.SignIn = cmp.Or(c.SignIn, c.Prefix+"/sign-in")
	c.ChangePassword = cmp.Or(c.ChangePassword, c.Prefix+"/change-password")
	c.Cookie = cmp.Or(c.Cookie, Cookie)
	c.InFlight = cmp.Or(c.InFlight, 128)
	c.Limited = cmp.Or(c.Limited, 16)
	c.Streams = cmp.Or(c.Streams, 64)
	c.PerMinute = cmp.Or(c.PerMinute, 60)
	c.Hurry = cmp.Or(c.Hurry, 10*time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

// Gate is the handler of everything below its prefix. It is safe for
// concurrent use; the routes are fixed when it is made.
type Gate struct {
	config   Config
	routes   []Route
	mux      *chi.Mux
	pages    map[string]bool // the patterns that can be opened
	origin   *http.CrossOriginProtection
	attempts *attempts
	inFlight slots
	limited  slots
	streams  slots
}

// New makes the gate, or says which route keeps it from starting.
func New(config Config, routes []Route) (*Gate, error) {
	if err := config.fill(); err != nil {
		return nil, err
	}
	g := &Gate{
		config:   config,
		routes:   slices.Clone(routes),
		mux:      chi.NewRouter(),
		pages:    make(map[string]bool),
		origin:   http.NewCrossOriginProtection(),
		attempts: newAttempts(config.PerMinute, config.Now),
		inFlight: make(slots, config.InFlight),
		limited:  make(slots, config.Limited),
		streams:  make(slots, config.Streams),
	}
	slices.SortFunc(g.routes, func(a, b Route) int {
		return cmp.Or(strings.Compare(a.Pattern, b.Pattern), strings.Compare(a.Method, b.Method))
	})
	seen := make(map[string]string)
	for _, r := range g.routes {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("gate: %w", err)
		}
		if !under(r.Pattern, config.Prefix) {
			return nil, fmt.Errorf("gate: route %s %s is outside %s", r.Method, r.Pattern, config.Prefix)
		}
		if other, clash := seen[r.key()]; clash {
			return nil, fmt.Errorf("gate: routes %s and %s answer the same %s requests", other, r.Pattern, r.Method)
		}
		seen[r.key()] = r.Pattern
		g.pages[r.Pattern] = g.pages[r.Pattern] || r.Method == http.MethodGet
		g.mount(r)
	}
	g.mux.NotFound(func(w http.ResponseWriter, r *http.Request) { g.refuse(w, r, notFound) })
	g.mux.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", strings.Join(g.allowed(r.URL.Path), ", "))
		g.refuse(w, r, wrongMethod)
	})
	return g, nil
}

// under reports whether path is prefix or below it.
func under(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// Serves reports whether a canonical path is this gate's to answer.
func (g *Gate) Serves(path string) bool { return under(path, g.config.Prefix) }

// isAPI reports whether the caller is a program.
func (g *Gate) isAPI(r *http.Request) bool { return under(r.URL.Path, g.config.Prefix+"/api") }

// allowed lists the methods that a path has.
func (g *Gate) allowed(path string) []string {
	var list []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if g.mux.Match(chi.NewRouteContext(), m, path) {
			list = append(list, m)
		}
	}
	return list
}

// Param returns the value of a parameter of the route's pattern.
func Param(r *http.Request, name string) string { return chi.URLParam(r, name) }
