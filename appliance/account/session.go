// SPDX-License-Identifier: Apache-2.0

package account

import "time"

// Session is a signed-in user, or a token in use.
type Session struct {
	ID          string // public: for lists and for ending it; not the secret
	UserID      int64
	Username    string
	Role        Role // as it is now, not as it was at sign-in
	MustChange  bool
	Created     time.Time
	LastSeen    time.Time // to the minute
	Expires     time.Time // if no further request comes
	ReauthUntil time.Time // until then a repeated password counts
	Address     string
	Agent       string
	Kind        string // "web" or "api"
}

// Kinds of session.
const (
	KindWeb = "web"
	KindAPI = "api"
)

// Token lets a program act for a user within scopes.
type Token struct {
	ID       int64
	Name     string
	Username string
	Scopes   []string
	Created  time.Time
	Expires  time.Time
	LastUsed time.Time // zero: never; to the minute
}
