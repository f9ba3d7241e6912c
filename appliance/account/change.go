// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

// ChangePassword gives a user a new password in exchange for the old one; a
// wrong old one counts towards the lockout. All sessions of the user end but
// those in keep: hand in the one that the change is made from. Tokens stay.
//
// The error is a *PolicyError for a new password that is not good enough,
// ErrNotFound, one of SignIn's for the old one, or that of the book while
// nothing may be changed.
func (a *Accounts) ChangePassword(ctx context.Context, by audit.Actor, userID int64, old, new string, keep ...Session) error {
	const action = "password.change"
	// Before the old password is looked at: a try would count as a wrong one.
	if err := a.book.MayChange(ctx, by); err != nil {
		return explain("change a password", err)
	}
	u, err := a.User(ctx, userID)
	if err != nil {
		return err
	}
	if err := a.policy.checkNew(new, u.Username, old); err != nil {
		return err
	}
	err = a.prove(ctx, u.Username, old, func(ctx context.Context, u User, _ phc) error {
		hash, err := HashPassword(a.policy.Argon2, new)
		if err != nil {
			return err
		}
		return a.db.Write(ctx, func(tx *sql.Tx) error {
			if err := a.book.MayChange(ctx, by); err != nil {
				return err
			}
			if err := stillValid(ctx, tx, u); err != nil {
				return err
			}
			if err := setPassword(tx, u, hash, false, a.now()); err != nil {
				return err
			}
			return endSessions(tx, u.ID, keep...)
		})
	})
	if err != nil {
		return explain("change a password", a.refuse(ctx, by, action, u.Username, err))
	}
	return a.log.Append(ctx, by, audit.Entry{Action: action, Object: u.Username, Outcome: audit.OK})
}

// setPassword stores a new hash and lifts the lock: wrong passwords of before
// say nothing about the new one.
func setPassword(tx *sql.Tx, u User, hash string, mustChange bool, now time.Time) error {
	_, err := tx.Exec(`UPDATE account_user SET password = ?, must_change = ?, password_changed = ? WHERE id = ?`,
		hash, mustChange, store.Time(now), u.ID)
	if err != nil {
		return err
	}
	return forgive(tx, u.Username)
}
