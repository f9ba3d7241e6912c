// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"

	"understudy/appliance/audit"
)

// Delete removes an account with its sessions and tokens. The error is
// ErrNotFound, ErrLastAdministrator, or ErrOwnAccount for that of by.
func (a *Accounts) Delete(ctx context.Context, by audit.Actor, id int64) error {
	var u User
	err := a.db.Write(ctx, func(tx *sql.Tx) (err error) {
		if u, err = readUser(ctx, tx, id); err != nil {
			return err
		}
		if err := deleteUser(tx, id); err != nil {
			return err
		}
		if err := keepAdministrator(tx); err != nil {
			return err
		}
		if u.Username == by.Name {
			return ErrOwnAccount
		}
		return a.record(ctx, tx, by, "Deleted "+u.Username)
	})
	if err != nil {
		return explain("delete an account", err)
	}
	return a.log.Append(ctx, by, audit.Entry{Action: "user.delete", Object: u.Username, Outcome: audit.OK})
}

// deleteUser removes the row; sessions and tokens go with it.
func deleteUser(tx *sql.Tx, id int64) error {
	_, err := tx.Exec(`DELETE FROM account_user WHERE id = ?`, id)
	return err
}

// Unlock lifts the lock of an account and forgets its wrong passwords. An
// account that is not locked is fine; one that is not there is ErrNotFound.
func (a *Accounts) Unlock(ctx context.Context, by audit.Actor, id int64) error {
	var u User
	err := a.db.Write(ctx, func(tx *sql.Tx) (err error) {
		if u, err = readUser(ctx, tx, id); err != nil {
			return err
		}
		return forgive(tx, u.Username)
	})
	if err != nil {
		return explain("unlock an account", err)
	}
	return a.log.Append(ctx, by, audit.Entry{Action: "user.unlock", Object: u.Username, Outcome: audit.OK})
}
