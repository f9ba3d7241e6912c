// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// Policy says who may call a route. The zero value is no policy, and a route
// without one does not start.
type Policy int

// The policies, from open to strict.
const (
	Unset               Policy = iota
	Public                     // anyone, and no session is looked up
	SignedIn                   // any account
	SignedInReauth             // the same, with the password given again a short time ago
	Administrator              // accounts with the administrator role
	AdministratorReauth        // the same, with the password given again
)

// String returns the policy as the route table prints it.
func (p Policy) String() string {
	switch p {
	case Public:
		return "public"
	case SignedIn:
		return "signed-in"
	case SignedInReauth:
		return "signed-in+password"
	case Administrator:
		return "administrator"
	case AdministratorReauth:
		return "administrator+password"
	}
	return "unset"
}

// again reports whether the policy asks for the password once more.
func (p Policy) again() bool { return p == SignedInReauth || p == AdministratorReauth }

// Route is one method on one path, and who may call it.
type Route struct {
	Method  string // an upper-case method; GET answers HEAD too
	Pattern string // chi's form: /appliance/tasks/{id}
	Policy  Policy

	// AllowMustChange lets an account in that still has to change its password.
	AllowMustChange bool
	// Scope is what an API token needs. A route of the API without one cannot
	// be called with a token.
	Scope string
	// Act completes "To …": what the page that asks for the password says that
	// it is for. Empty where there is no such page.
	Act string
	// Limited counts calls per client address: for what takes a password from
	// someone who has not signed in.
	Limited bool
	// Stream marks a response that stays open; it is not counted among the
	// requests under way, but has its own cap.
	Stream bool
	// Upload marks a route that takes a file: its handler reads the body itself,
	// as it arrives, and it may take as long as bytes keep coming. A page that
	// asks for the password cannot be one, since the password is in its form.
	Upload bool
	// MaxBody caps the request body, in bytes; 0 is DefaultMaxBody.
	MaxBody int64

	Handler http.HandlerFunc
}

// DefaultMaxBody is the cap on a request body, in bytes, where a route names
// no other.
const DefaultMaxBody = 1 << 20

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// key is equal for two routes that would answer the same request.
func (r Route) key() string {
	return r.Method + " " + parameter.ReplaceAllString(r.Pattern, "{}")
}

// check reports what keeps the route from starting.
func (r Route) check() error {
	name := r.Method + " " + r.Pattern
	switch {
	case r.Policy <= Unset || r.Policy > AdministratorReauth:
		return fmt.Errorf("route %s states no policy", name)
	case !methods[r.Method]:
		return fmt.Errorf("route %s: method %q is not served", name, r.Method)
	case !strings.HasPrefix(r.Pattern, "/"):
		return fmt.Errorf("route %s: the pattern does not begin with a slash", name)
	case strings.ContainsAny(r.Pattern, "*"):
		return fmt.Errorf("route %s: a pattern names each path, without a wildcard", name)
	case r.Handler == nil:
		return fmt.Errorf("route %s has no handler", name)
	case r.Policy.again() && r.Method == http.MethodGet:
		return fmt.Errorf("route %s only looks: ask for the password on what it sends", name)
	case r.Upload && r.Policy.again() && r.Scope == "":
		return fmt.Errorf("route %s takes a file and cannot ask for the password", name)
	case r.Policy == Public && r.Scope != "":
		return fmt.Errorf("route %s is public and still wants the scope %q", name, r.Scope)
	}
	return nil
}

// methods are those that a route may have.
var methods = map[string]bool{
	http.MethodGet: true, http.MethodPost: true, http.MethodPut: true,
	http.MethodPatch: true, http.MethodDelete: true,
}

// Table returns the routes as text, one on a line, sorted by path: what a
// review reads and a golden file holds.
func (g *Gate) Table() string {
	var b strings.Builder
	for _, r := range g.routes {
		fmt.Fprintf(&b, "%-6s %-48s %s", r.Method, r.Pattern, r.Policy)
		if r.AllowMustChange {
			b.WriteString(" before-change")
		}
		if r.Scope != "" {
			b.WriteString(" scope=" + r.Scope)
		}
		if r.Limited {
			b.WriteString(" limited")
		}
		if r.Stream {
			b.WriteString(" stream")
		}
		if r.Upload {
			b.WriteString(" upload")
		}
		if r.MaxBody > 0 {
			fmt.Fprintf(&b, " body<=%d", r.MaxBody)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
