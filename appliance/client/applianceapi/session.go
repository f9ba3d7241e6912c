// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Credentials sign an account in.
type Credentials struct {
	Username string `json:"username" minLength:"1" maxLength:"64" doc:"User name."`
	Password string `json:"password" minLength:"1" maxLength:"1024" writeOnly:"true" doc:"Password."`
}

// SignedIn is a new session.
type SignedIn struct {
	Secret  string  `json:"secret" doc:"Send it as 'Authorization: Bearer …'. Shown once."`
	Session Session `json:"session" doc:"The session."`
}

// Session is somebody signed in, at a page or by the API.
type Session struct {
	ID                   string    `json:"id" doc:"Public id of the session; not its secret."`
	Username             string    `json:"username" doc:"User name."`
	Role                 string    `json:"role" enum:"administrator,read-only" doc:"What the account may do."`
	Kind                 string    `json:"kind" doc:"web for pages, api for programs, token for an API token."`
	Scopes               []string  `json:"scopes,omitempty" doc:"What an API token may do; absent for a session, which may do what its role may."`
	Address              string    `json:"address,omitempty" doc:"IP address it was opened from."`
	Agent                string    `json:"agent,omitempty" doc:"Program that opened it."`
	Created              time.Time `json:"created,omitzero" doc:"When it was opened."`
	LastSeen             time.Time `json:"lastSeen,omitzero" doc:"Last request, to a minute."`
	Expires              time.Time `json:"expires,omitzero" doc:"When it ends."`
	ReauthenticatedUntil time.Time `json:"reauthenticatedUntil,omitzero" doc:"Until then acts that ask for the password again are allowed."`
	MustChangePassword   bool      `json:"mustChangePassword" doc:"Nothing but a change of password is allowed."`
	Current              bool      `json:"current" doc:"This is the session that asks."`
}

// Password repeats the password of the account that asks.
type Password struct {
	Password string `json:"password" minLength:"1" maxLength:"1024" writeOnly:"true" doc:"The password of the signed-in account."`
}

// SignIn opens a session and uses it for the calls that follow on the client
// that it returns.
func (c *Client) SignIn(ctx context.Context, who Credentials) (*Client, SignedIn, error) {
	in, err := call[SignedIn](ctx, c, http.MethodPost, "/sessions", nil, who)
	if err != nil {
		return nil, SignedIn{}, err
	}
	return c.With(in.Secret), in, nil
}

// With returns a client of the same box that uses another secret.
func (c *Client) With(secret string) *Client {
	next := *c
	next.secret = secret
	return &next
}

// SignOut ends the session of this client.
func (c *Client) SignOut(ctx context.Context) error {
	_, err := call[none](ctx, c, http.MethodDelete, "/session", nil, nil)
	return err
}

// Session returns the session, or the token, of this client.
func (c *Client) Session(ctx context.Context) (Session, error) {
	return call[Session](ctx, c, http.MethodGet, "/session", nil, nil)
}

// Reauthenticate repeats the password, which allows dangerous acts for a few
// minutes.
func (c *Client) Reauthenticate(ctx context.Context, password string) (Session, error) {
	return call[Session](ctx, c, http.MethodPost, "/session/reauthenticate", nil, Password{password})
}

// Sessions returns all open sessions.
func (c *Client) Sessions(ctx context.Context) (List[Session], error) {
	return call[List[Session]](ctx, c, http.MethodGet, "/sessions", nil, nil)
}

// EndSession ends the session with the public id.
func (c *Client) EndSession(ctx context.Context, id string) error {
	_, err := call[none](ctx, c, http.MethodDelete, "/sessions/"+segment(id), nil, nil)
	return err
}

// EndOwnSession ends another session of the client's own account.
func (c *Client) EndOwnSession(ctx context.Context, id string) error {
	_, err := call[none](ctx, c, http.MethodDelete, "/account/sessions/"+segment(id), nil, nil)
	return err
}

// segment escapes one element of a path.
func segment(s string) string { return url.PathEscape(s) }
