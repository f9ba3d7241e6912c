// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"

	"understudy/web/gate"
	"understudy/web/ui"
)

// keep confirms a change that waits for it.
func (p *Pages) keep(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	if err := p.Guard.Confirm(r.Context(), principal.Actor(), gate.Param(r, "id")); err != nil {
		return err
	}
	return ui.Done(w, r, pathNetwork, "kept")
}

// undo takes such a change back at once.
func (p *Pages) undo(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	if err := p.Guard.Undo(r.Context(), principal.Actor(), gate.Param(r, "id")); err != nil {
		return err
	}
	return ui.Done(w, r, pathNetwork, "undone")
}
