// SPDX-License-Identifier: Apache-2.0

package login

import (
	"net/http"

	"understudy/web/gate"
)

// Routes lists every page of /login and who may call it.
func (p *Pages) Routes() []gate.Route {
	routes := p.door.Routes()
	add := func(method, path string, policy gate.Policy, a action) {
		routes = append(routes, gate.Route{Method: method, Pattern: path, Policy: policy, Handler: p.handle(a)})
	}
	for _, a := range p.ui.Assets() {
		routes = append(routes, gate.Route{Method: http.MethodGet, Pattern: a.Path, Policy: gate.Public, Handler: a.ServeHTTP})
	}
	add(http.MethodGet, pathRoot, gate.SignedIn, p.showRoot)
	add(http.MethodGet, pathInformation, gate.SignedIn, p.showInformation)
	add(http.MethodGet, pathAccount, gate.SignedIn, p.showAccount)
	add(http.MethodPost, pathAccount+"/name", gate.SignedIn, p.rename)
	add(http.MethodPost, pathAccount+"/password", gate.SignedIn, p.changeOwnPassword)
	add(http.MethodPost, pathAccount+"/sessions/{id}/end", gate.SignedIn, p.endSession)
	return routes
}
