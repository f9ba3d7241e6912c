// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"context"
	"net"
	"net/http"
	"slices"

	"understudy/appliance/account"
	"understudy/appliance/audit"
)

// Principal is who makes a request.
type Principal struct {
	Session account.Session
	Scopes  []string // what an API token may do; nil for a session, which may do what its role may
	Token   bool     // the request carries an API token, not a session
	Via     string   // "page" or "api", as the audit log has it
	Address string   // the client's IP address, without the port
}

// Actor returns the principal as the audit log names it.
func (p Principal) Actor() audit.Actor {
	return audit.Actor{Name: p.Session.Username, Address: p.Address, Via: p.Via}
}

// Administrator reports whether the principal may change things.
func (p Principal) Administrator() bool { return p.Session.Role == account.Administrator }

// CheckScope returns the refusal for a token without the scope, nil for other
// tokens and for sessions. An empty scope refuses every token.
func (p Principal) CheckScope(scope string) *Problem {
	if p.Token && (scope == "" || !slices.Contains(p.Scopes, scope)) {
		return outOfScope(scope)
	}
	return nil
}

type contextKey struct{}

// From returns who makes the request that ctx belongs to; false on a public
// route.
func From(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(contextKey{}).(Principal)
	return p, ok
}

// With returns a context that carries p: what the gate does before it calls a
// handler, for the tests of handlers.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// Address returns the client's IP address: the connection's, never a header's.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Stranger is the actor of a request without a session.
func Stranger(r *http.Request, name, via string) audit.Actor {
	return audit.Actor{Name: name, Address: Address(r), Via: via}
}
