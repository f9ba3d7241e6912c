// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"

	"understudy/appliance/client/applianceapi"
	"understudy/appliance/confirm"
	"understudy/web/gate"
)

func (a *API) confirmationOperations(b *builder) {
	add(b, operation{
		id: "listConfirmations", method: http.MethodGet, path: "/confirmations", tag: "Confirmations",
		summary: "Changes that wait for a confirmation", detail: "Each is in force, and is taken back at its deadline.",
		policy: gate.SignedIn, scope: "network:read",
	}, a.listConfirmations)
	add(b, operation{
		id: "confirmChange", method: http.MethodPost, path: "/confirmations/{id}/confirm", tag: "Confirmations",
		summary: "Keep a change", policy: gate.Administrator, scope: "network:write", conflicts: true,
	}, a.confirmChange)
	add(b, operation{
		id: "undoChange", method: http.MethodPost, path: "/confirmations/{id}/undo", tag: "Confirmations",
		summary: "Take a change back at once", policy: gate.Administrator, scope: "network:write", conflicts: true,
	}, a.undoChange)
}

func (a *API) listConfirmations(ctx context.Context, _ *none) (*answer[applianceapi.List[applianceapi.Confirmation]], error) {
	pending, err := a.Guard.Pending(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(pending, confirmationOut), nil
}

type byConfirmation struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the pending change."`
}

func (a *API) confirmChange(ctx context.Context, in *byConfirmation) (*none, error) {
	return nil, a.Guard.Confirm(ctx, by(ctx), in.ID)
}

func (a *API) undoChange(ctx context.Context, in *byConfirmation) (*none, error) {
	return nil, a.Guard.Undo(ctx, by(ctx), in.ID)
}

func confirmationOut(p confirm.Pending) applianceapi.Confirmation {
	return applianceapi.Confirmation{
		ID: p.ID, Area: p.Area, Summary: p.Summary, Revision: p.Revision, By: actorOut(p.By), At: p.At, Deadline: p.Deadline,
	}
}
