// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"errors"
	"net/http"

	"understudy/appliance/account"
	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
	"understudy/web/ui"
)

func (a *API) accountOperations(b *builder) {
	add(b, operation{
		id: "getAccount", method: http.MethodGet, path: "/account", tag: "My account",
		summary: "Your own account", policy: gate.SignedIn,
	}, a.getAccount)
	add(b, operation{
		id: "changeAccount", method: http.MethodPatch, path: "/account", tag: "My account",
		summary: "Change your own display name", policy: gate.SignedIn, conflicts: true,
	}, a.changeAccount)
	add(b, operation{
		id: "changePassword", method: http.MethodPost, path: "/account/password", tag: "My account",
		summary: "Change your own password", detail: "Your other sessions end.",
		policy: gate.SignedIn, early: true, conflicts: true, proves: true,
	}, a.changePassword)
	add(b, operation{
		id: "endOwnSession", method: http.MethodDelete, path: "/account/sessions/{id}", tag: "My account",
		summary: "End another session of yours", policy: gate.SignedIn, conflicts: true,
	}, a.endOwnSession)
}

func (a *API) getAccount(ctx context.Context, _ *none) (*answer[applianceapi.User], error) {
	return a.userAnswer(ctx, caller(ctx).Session.UserID)
}

func (a *API) changeAccount(ctx context.Context, in *request[applianceapi.AccountChange]) (*answer[applianceapi.User], error) {
	own := caller(ctx).Session.UserID
	if err := a.Accounts.Update(ctx, by(ctx), own, account.UserChange{DisplayName: &in.Body.DisplayName}); err != nil {
		return nil, err
	}
	return a.userAnswer(ctx, own)
}

func (a *API) changePassword(ctx context.Context, in *request[applianceapi.PasswordChange]) (*none, error) {
	own := caller(ctx).Session
	err := a.Accounts.ChangePassword(ctx, by(ctx), own.UserID, in.Body.Old, in.Body.New, own)
	var weak *account.PolicyError
	switch {
	case errors.As(err, &weak):
		return nil, invalid("new", ui.Sentence(weak.Error()))
	case errors.Is(err, account.ErrCredentials):
		return nil, refuse(http.StatusForbidden, applianceapi.CodePassword, "Wrong password", "That is not the present password. Nothing was changed.")
	}
	return nil, err
}

func (a *API) endOwnSession(ctx context.Context, in *bySession) (*none, error) {
	sessions, err := a.Accounts.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		if s.ID == in.ID && s.UserID == caller(ctx).Session.UserID {
			return nil, a.Accounts.EndSession(ctx, by(ctx), s.ID)
		}
	}
	return nil, account.ErrNotFound
}
