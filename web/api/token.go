// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
	"understudy/web/services"
)

// No operation on tokens has a scope: a token cannot make another one that
// outlives it.
func (a *API) tokenOperations(b *builder) {
	add(b, operation{
		id: "listTokens", method: http.MethodGet, path: "/account/tokens", tag: "My account",
		summary: "Your API tokens", policy: gate.SignedIn,
	}, a.listTokens)
	add(b, operation{
		id: "addToken", method: http.MethodPost, path: "/account/tokens", tag: "My account", status: http.StatusCreated,
		summary: "Make an API token", detail: "Its secret is in the answer, and nowhere else.",
		policy: gate.SignedInReauth, conflicts: true,
	}, a.addToken)
	add(b, operation{
		id: "revokeToken", method: http.MethodDelete, path: "/account/tokens/{id}", tag: "My account",
		summary: "Make one of your API tokens useless", policy: gate.SignedIn, conflicts: true,
	}, a.revokeToken)
}

func (a *API) listTokens(ctx context.Context, _ *none) (*answer[applianceapi.List[applianceapi.Token]], error) {
	tokens, err := a.Accounts.Tokens(ctx, caller(ctx).Session.UserID)
	if err != nil {
		return nil, err
	}
	return listOf(tokens, tokenOut), nil
}

func (a *API) addToken(ctx context.Context, in *request[applianceapi.NewToken]) (*answer[applianceapi.CreatedToken], error) {
	own := caller(ctx).Session
	for _, name := range in.Body.Scopes {
		if !mayGrant(own.Role, name) {
			return nil, invalid("scopes", fmt.Sprintf("%.60q is not something that a token of this account may do.", name))
		}
	}
	ttl := time.Duration(in.Body.Days) * 24 * time.Hour
	secret, t, err := a.Accounts.NewToken(ctx, by(ctx), own.UserID, in.Body.Name, in.Body.Scopes, ttl)
	if err != nil {
		return nil, err
	}
	return body(applianceapi.CreatedToken{Secret: secret, Token: tokenOut(t)}), nil
}

// mayGrant reports whether a token of an account with the role may have the
// scope.
func mayGrant(role account.Role, name string) bool {
	for _, s := range services.Scopes() {
		if s.Name == name {
			return role == account.Administrator || s.Role == role
		}
	}
	return false
}

func (a *API) revokeToken(ctx context.Context, in *ByID) (*none, error) {
	tokens, err := a.Accounts.Tokens(ctx, caller(ctx).Session.UserID)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		if t.ID == in.ID {
			return nil, a.Accounts.RevokeToken(ctx, by(ctx), t.ID)
		}
	}
	return nil, account.ErrNotFound
}

func tokenOut(t account.Token) applianceapi.Token {
	return applianceapi.Token{
		ID: t.ID, Name: t.Name, Username: t.Username, Scopes: append([]string{}, t.Scopes...),
		Created: t.Created, Expires: t.Expires, LastUsed: t.LastUsed,
	}
}
