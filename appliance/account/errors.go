// SPDX-License-Identifier: Apache-2.0

package account

import (
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Errors that a page shows as they are.
var (
	ErrCredentials       error = sentence("the user name or the password is wrong")
	ErrBusy              error = sentence("too many people are signing in at once: try again in a few seconds")
	ErrNoSession         error = sentence("you are not signed in, or your session has ended: sign in again")
	ErrNotFound          error = sentence("this account, session or token is not there any more: somebody may have removed it")
	ErrExists            error = sentence("there is an account with this user name already: choose another one")
	ErrLastAdministrator error = sentence("this is the last enabled administrator: add or enable another one first")
	ErrOwnAccount        error = sentence("this is your own account: another administrator can delete it")
)

type sentence string

func (s sentence) Error() string { return string(s) }

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

// forPerson marks the errors that are for people. They come back as they are;
// all others say first what was tried.
type forPerson interface{ forPerson() }

func (sentence) forPerson()      {}
func (*LockedError) forPerson()  {}
func (*PolicyError) forPerson()  {}
func (*InvalidError) forPerson() {}
func (*denied) forPerson()       {}

func explain(tried string, err error) error {
	var p forPerson
	if err == nil || errors.As(err, &p) {
		return err
	}
	return fmt.Errorf("%s: %w", tried, err)
}

func orNotFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
