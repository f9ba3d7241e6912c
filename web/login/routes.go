// SPDX-License-Identifier: Apache-2.0

package login

import (
	"net/http"

	"understudy/web/gate"
)

// signInBody caps the body of the forms that strangers may send, in bytes.
const signInBody = 8 << 10

// Routes lists every page of /login and who may call it.
func (p *Pages) Routes() []gate.Route {
	var routes []gate.Route
	add := func(method, path string, policy gate.Policy, a action) *gate.Route {
		routes = append(routes, gate.Route{Method: method, Pattern: path, Policy: policy, Handler: p.handle(a)})
		return &routes[len(routes)-1]
	}
	for _, a := range p.ui.Assets() {
		routes = append(routes, gate.Route{Method: http.MethodGet, Pattern: a.Path, Policy: gate.Public, Handler: a.ServeHTTP})
	}
	add(http.MethodGet, pathSignIn, gate.Public, p.askSignIn)
	signIn := add(http.MethodPost, pathSignIn, gate.Public, p.signIn)
	signIn.Limited, signIn.MaxBody = true, signInBody
	add(http.MethodPost, pathTheme, gate.Public, p.setTheme).MaxBody = signInBody
	add(http.MethodPost, pathSignOut, gate.SignedIn, p.signOut).AllowMustChange = true
	add(http.MethodGet, pathChangePassword, gate.SignedIn, p.askChangePassword).AllowMustChange = true
	add(http.MethodPost, pathChangePassword, gate.SignedIn, p.changePassword).AllowMustChange = true

	add(http.MethodGet, pathRoot, gate.SignedIn, p.showRoot)
	add(http.MethodGet, pathInformation, gate.SignedIn, p.showInformation)
	add(http.MethodGet, pathAccount, gate.SignedIn, p.showAccount)
	add(http.MethodPost, pathAccount+"/name", gate.SignedIn, p.rename)
	add(http.MethodPost, pathAccount+"/password", gate.SignedIn, p.changeOwnPassword)
	add(http.MethodPost, pathAccount+"/sessions/{id}/end", gate.SignedIn, p.endSession)
	return routes
}
