// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"context"
	"net/http"

	"understudy/appliance/audit"
	"understudy/appliance/base/network"
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

// networkChanged is the name of what the page says while a change of the
// network waits to be kept; it is in the page's address, and may be asked for
// when nothing waits any more.
const networkChanged = "network-changed"

// settled says what became of the last change of the network, which does not
// wait any more.
func (p *Pages) settled(ctx context.Context) (string, error) {
	last, err := p.Book.List(ctx, network.Area, 0, 1)
	switch {
	case err != nil || len(last) == 0:
		return "", err
	case last[0].Reverts == 0:
		return doneSentences["kept"], nil
	case last[0].By.Via == audit.System.Via:
		return "The change was taken back, since nobody kept it in time. The settings from before are in force again.", nil
	}
	return doneSentences["undone"], nil
}
