// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
)

// AccountChange is what everybody may change of the own account, beside the
// password.
type AccountChange struct {
	DisplayName string `json:"displayName" maxLength:"100" doc:"Name shown on pages; empty for the user name."`
}

// PasswordChange replaces the password of the account that asks.
type PasswordChange struct {
	Old string `json:"old" minLength:"1" maxLength:"1024" writeOnly:"true" doc:"The present password."`
	New string `json:"new" minLength:"1" maxLength:"1024" writeOnly:"true" doc:"The new password."`
}

// Account returns the client's own account.
func (c *Client) Account(ctx context.Context) (User, error) {
	return call[User](ctx, c, http.MethodGet, "/account", nil, nil)
}

// ChangeAccount changes the client's own account.
func (c *Client) ChangeAccount(ctx context.Context, change AccountChange) (User, error) {
	return call[User](ctx, c, http.MethodPatch, "/account", nil, change)
}

// ChangePassword replaces the password of the client's own account.
func (c *Client) ChangePassword(ctx context.Context, change PasswordChange) error {
	_, err := call[none](ctx, c, http.MethodPost, "/account/password", nil, change)
	return err
}
