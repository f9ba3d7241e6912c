// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
	"time"
)

// Token is an API token: a secret for a program, with less power than its
// owner.
type Token struct {
	ID       int64     `json:"id" doc:"Number of the token."`
	Name     string    `json:"name" doc:"What it is for."`
	Username string    `json:"username" doc:"The account it belongs to."`
	Scopes   []string  `json:"scopes" nullable:"false" doc:"What it may do."`
	Created  time.Time `json:"created,omitzero" doc:"When it was made."`
	Expires  time.Time `json:"expires,omitzero" doc:"When it stops working."`
	LastUsed time.Time `json:"lastUsed,omitzero" doc:"Last request made with it."`
}

// NewToken is an API token to make for the account that asks.
type NewToken struct {
	Name   string   `json:"name" minLength:"1" maxLength:"100" doc:"What it is for."`
	Scopes []string `json:"scopes" nullable:"false" minItems:"1" maxItems:"32" uniqueItems:"true" doc:"What it may do; never more than its account's role allows."`
	Days   int      `json:"days" minimum:"1" maximum:"366" doc:"Days until it stops working."`
}

// CreatedToken is a token with its secret.
type CreatedToken struct {
	Secret string `json:"secret" doc:"Send it as 'Authorization: Bearer …'. Shown once."`
	Token  Token  `json:"token" doc:"The token."`
}

// Tokens returns the API tokens of the client's own account.
func (c *Client) Tokens(ctx context.Context) (List[Token], error) {
	return call[List[Token]](ctx, c, http.MethodGet, "/account/tokens", nil, nil)
}

// AddToken makes a token for the client's own account.
func (c *Client) AddToken(ctx context.Context, t NewToken) (CreatedToken, error) {
	return call[CreatedToken](ctx, c, http.MethodPost, "/account/tokens", nil, t)
}

// RevokeToken makes the token with the number useless.
func (c *Client) RevokeToken(ctx context.Context, id int64) error {
	_, err := call[none](ctx, c, http.MethodDelete, "/account/tokens/"+number(id), nil, nil)
	return err
}
