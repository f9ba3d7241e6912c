// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"

	"understudy/web/gate"
)

// signOut ends the session that asks for it.
func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	if err := p.Accounts.SignOut(r.Context(), principal.Session); err != nil {
		return err
	}
	gate.ClearCookie(w)
	return done(w, r, pathSignIn, "signed-out")
}
