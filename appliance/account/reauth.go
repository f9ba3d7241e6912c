// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"errors"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

// Reauthenticate opens the window in which s may do dangerous things, if the
// password is its user's. Wrong ones count towards the lockout. The errors are
// those of SignIn, and ErrNoSession for a session that has ended or a token.
func (a *Accounts) Reauthenticate(ctx context.Context, s Session, password string) error {
	const action = "reauthenticate"
	err := a.db.Read(ctx, func(tx *sql.Tx) error {
		var one int
		return tx.QueryRowContext(ctx, `SELECT 1 FROM account_session WHERE id = ? AND user = ?`, s.ID, s.UserID).Scan(&one)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNoSession // before a wrong password could count
	}
	if err != nil {
		return explain("repeat the password", err)
	}
	err = a.prove(ctx, s.Username, password, func(ctx context.Context, u User, _ phc) error {
		return a.db.Write(ctx, func(tx *sql.Tx) error {
			if err := stillValid(ctx, tx, u); err != nil {
				return err
			}
			if err := forgive(tx, u.Username); err != nil {
				return err
			}
			result, err := tx.Exec(`UPDATE account_session SET reauth_until = ? WHERE id = ? AND user = ?`,
				store.Time(a.now().Add(a.policy.Reauth)), s.ID, u.ID)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil || n == 0 {
				return ErrNoSession
			}
			return nil
		})
	})
	if err != nil {
		return explain("repeat the password", a.refuse(ctx, s.actor(), action, s.Username, err))
	}
	return a.log.Append(ctx, s.actor(), audit.Entry{Action: action, Object: s.Username, Outcome: audit.OK})
}
