// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// User is an account of /appliance.
type User struct {
	ID                 int64     `json:"id" doc:"Number of the account."`
	Username           string    `json:"username" doc:"User name, for signing in."`
	DisplayName        string    `json:"displayName" doc:"Name shown on pages."`
	Role               string    `json:"role" enum:"administrator,read-only" doc:"What the account may do."`
	Disabled           bool      `json:"disabled" doc:"The account cannot sign in."`
	MustChangePassword bool      `json:"mustChangePassword" doc:"The next sign-in asks for a new password."`
	Created            time.Time `json:"created,omitzero" doc:"When the account was added."`
	LastSignIn         time.Time `json:"lastSignIn,omitzero" doc:"Last successful sign-in."`
	PasswordChanged    time.Time `json:"passwordChanged,omitzero" doc:"When the password was last changed."`
	LockedUntil        time.Time `json:"lockedUntil,omitzero" doc:"Too many wrong passwords: no sign-in before then."`
}

// NewUser is an account to add.
type NewUser struct {
	Username           string `json:"username" minLength:"1" maxLength:"64" doc:"User name, for signing in."`
	DisplayName        string `json:"displayName,omitempty" maxLength:"100" doc:"Name shown on pages; the user name if left out."`
	Role               string `json:"role" enum:"administrator,read-only" doc:"What the account may do."`
	Password           string `json:"password" minLength:"1" maxLength:"1024" writeOnly:"true" doc:"First password."`
	MustChangePassword bool   `json:"mustChangePassword,omitempty" doc:"Ask for a new password at the first sign-in."`
}

// UserChange says what to change of an account; what is left out stays.
type UserChange struct {
	DisplayName        *string `json:"displayName,omitempty" maxLength:"100" doc:"Name shown on pages."`
	Role               *string `json:"role,omitempty" enum:"administrator,read-only" doc:"What the account may do."`
	Disabled           *bool   `json:"disabled,omitempty" doc:"The account cannot sign in, and its sessions end."`
	Password           *string `json:"password,omitempty" minLength:"1" maxLength:"1024" writeOnly:"true" doc:"A new password."`
	MustChangePassword *bool   `json:"mustChangePassword,omitempty" doc:"Ask for a new password at the next sign-in."`
}

// Users returns the accounts.
func (c *Client) Users(ctx context.Context) (List[User], error) {
	return call[List[User]](ctx, c, http.MethodGet, "/users", nil, nil)
}

// User returns the account with the number.
func (c *Client) User(ctx context.Context, id int64) (User, error) {
	return call[User](ctx, c, http.MethodGet, "/users/"+number(id), nil, nil)
}

// AddUser adds an account.
func (c *Client) AddUser(ctx context.Context, u NewUser) (User, error) {
	return call[User](ctx, c, http.MethodPost, "/users", nil, u)
}

// ChangeUser changes the account with the number.
func (c *Client) ChangeUser(ctx context.Context, id int64, change UserChange) (User, error) {
	return call[User](ctx, c, http.MethodPatch, "/users/"+number(id), nil, change)
}

// DeleteUser deletes the account with the number.
func (c *Client) DeleteUser(ctx context.Context, id int64) error {
	_, err := call[none](ctx, c, http.MethodDelete, "/users/"+number(id), nil, nil)
	return err
}

// UnlockUser lets an account sign in again that wrong passwords had locked.
func (c *Client) UnlockUser(ctx context.Context, id int64) error {
	_, err := call[none](ctx, c, http.MethodPost, "/users/"+number(id)+"/unlock", nil, nil)
	return err
}

// number writes an id as an element of a path.
func number(id int64) string { return strconv.FormatInt(id, 10) }
