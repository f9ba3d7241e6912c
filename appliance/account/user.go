// SPDX-License-Identifier: Apache-2.0

package account

import "time"

// Role says what a user may do.
type Role string

// The roles.
const (
	Administrator Role = "administrator" // everything
	ReadOnly      Role = "read-only"     // look, and change the own password
)

// User is an account, without its secrets.
type User struct {
	ID              int64
	Username        string // lower case, unique
	DisplayName     string
	Role            Role
	Created         time.Time
	LastSignIn      time.Time // zero: never
	PasswordChanged time.Time // zero: there is no password, so no sign-in
	LockedUntil     time.Time // zero: not locked
	MustChange      bool      // must choose a new password before anything else
	Disabled        bool
}

// NewUser describes an account to add.
type NewUser struct {
	Username    string // 1 to 64 of a-z, 0-9 and . _ - @, beginning with a letter or digit
	DisplayName string // up to 100 characters; empty for the user name
	Password    string
	Role        Role
	MustChange  bool // at the first sign-in
}

// UserChange describes what to change of an account; nil leaves a thing as it is.
type UserChange struct {
	DisplayName *string
	Role        *Role
	Disabled    *bool
	Password    *string
	MustChange  *bool
}
