// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"

	"understudy/appliance/account"
	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
)

func (a *API) sessionOperations(b *builder) {
	add(b, operation{
		id: "signIn", method: http.MethodPost, path: "/sessions", tag: "Sessions", status: http.StatusCreated,
		summary: "Sign in", detail: "Opens a session for a program. Wrong passwords lock the user name for a while.",
		policy: gate.Public, limited: true, body: signInBody,
	}, a.signIn)
	add(b, operation{
		id: "listSessions", method: http.MethodGet, path: "/sessions", tag: "Sessions",
		summary: "Open sessions of all accounts", policy: gate.SignedIn, scope: "security:read",
	}, a.listSessions)
	add(b, operation{
		id: "endSession", method: http.MethodDelete, path: "/sessions/{id}", tag: "Sessions",
		summary: "End a session", policy: gate.Administrator, scope: "security:write", conflicts: true,
	}, a.endSession)
	add(b, operation{
		id: "getSession", method: http.MethodGet, path: "/session", tag: "Sessions",
		summary: "The session or token of this request", policy: gate.SignedIn, scope: "status:read", early: true,
	}, a.getSession)
	add(b, operation{
		id: "signOut", method: http.MethodDelete, path: "/session", tag: "Sessions",
		summary: "Sign out", policy: gate.SignedIn, early: true,
	}, a.signOut)
	add(b, operation{
		id: "reauthenticate", method: http.MethodPost, path: "/session/reauthenticate", tag: "Sessions",
		summary: "Repeat the password", detail: "Allows what asks for the password again, for a few minutes.",
		policy: gate.SignedIn, proves: true,
	}, a.reauthenticate)
}

func (a *API) signIn(ctx context.Context, in *request[applianceapi.Credentials]) (*answer[applianceapi.SignedIn], error) {
	r := exchangeOf(ctx).request
	from := gate.Stranger(r, in.Body.Username, "api")
	secret, s, err := a.Accounts.SignIn(ctx, from, in.Body.Username, in.Body.Password, r.UserAgent(), account.KindAPI)
	if err != nil {
		return nil, err
	}
	return body(applianceapi.SignedIn{Secret: secret, Session: sessionOut(s)}), nil
}

func (a *API) listSessions(ctx context.Context, _ *none) (*answer[applianceapi.List[applianceapi.Session]], error) {
	sessions, err := a.Accounts.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	own := caller(ctx).Session.ID
	return listOf(sessions, func(s account.Session) applianceapi.Session {
		out := sessionOut(s)
		out.Current = s.ID == own
		return out
	}), nil
}

type bySession struct {
	ID string `path:"id" maxLength:"64" doc:"The session's public id."`
}

func (a *API) endSession(ctx context.Context, in *bySession) (*none, error) {
	return nil, a.Accounts.EndSession(ctx, by(ctx), in.ID)
}

func (a *API) getSession(ctx context.Context, _ *none) (*answer[applianceapi.Session], error) {
	p := caller(ctx)
	out := sessionOut(p.Session)
	out.Current = true
	if p.Token {
		out.Kind, out.Scopes = "token", p.Scopes
	}
	return body(out), nil
}

func (a *API) signOut(ctx context.Context, _ *none) (*none, error) {
	return nil, a.Accounts.SignOut(ctx, caller(ctx).Session)
}

func (a *API) reauthenticate(ctx context.Context, in *request[applianceapi.Password]) (*answer[applianceapi.Session], error) {
	own := caller(ctx).Session
	if err := a.Accounts.Reauthenticate(ctx, own, in.Body.Password); err != nil {
		return nil, err
	}
	sessions, err := a.Accounts.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		if s.ID == own.ID {
			out := sessionOut(s)
			out.Current = true
			return body(out), nil
		}
	}
	return nil, account.ErrNoSession
}

func sessionOut(s account.Session) applianceapi.Session {
	return applianceapi.Session{
		ID: s.ID, Username: s.Username, Role: string(s.Role), Kind: s.Kind, Address: s.Address, Agent: s.Agent,
		Created: s.Created, LastSeen: s.LastSeen, Expires: s.Expires, ReauthenticatedUntil: s.ReauthUntil, MustChangePassword: s.MustChange,
	}
}
