// SPDX-License-Identifier: Apache-2.0

package account

import (
	"errors"
	"time"
)

// Errors that a page shows as they are.
var (
	ErrCredentials       = errors.New("the user name or the password is wrong")
	ErrBusy              = errors.New("too many people are signing in at once: try again in a few seconds")
	ErrNoSession         = errors.New("you are not signed in, or your session has ended: sign in again")
	ErrNotFound          = errors.New("there is no such account, session or token")
	ErrExists            = errors.New("there is an account with this user name already: choose another one")
	ErrLastAdministrator = errors.New("this is the last enabled administrator: add or enable another one first")
)

// LockedError says that a user name is locked after too many wrong passwords.
// It is given for names that do not exist as well.
type LockedError struct{ Until time.Time }

func (e *LockedError) Error() string {
	return "too many wrong passwords: this user name is locked until " + e.Until.UTC().Format("15:04:05 UTC")
}

// PolicyError says why a password is not good enough, in a sentence.
type PolicyError struct{ Sentence string }

func (e *PolicyError) Error() string { return e.Sentence }

// InvalidError says what is wrong with a field of a request, in a sentence.
type InvalidError struct{ Field, Sentence string }

func (e *InvalidError) Error() string { return e.Sentence }
