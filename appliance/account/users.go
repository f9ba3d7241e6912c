// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"errors"

	"understudy/appliance/store"
)

const userQuery = `SELECT u.id, u.username, u.display_name, u.role, u.password, u.must_change, u.disabled,
	u.created, u.last_sign_in, u.password_changed, coalesce(f.locked_until, 0)
	FROM account_user u LEFT JOIN account_failure f ON f.username = u.username`

// Users returns all accounts by user name.
func (a *Accounts) Users(ctx context.Context) ([]User, error) {
	var users []User
	err := a.db.Read(ctx, func(tx *sql.Tx) (err error) {
		users, err = allUsers(ctx, tx)
		return err
	})
	for i := range users {
		a.dropOldLock(&users[i])
	}
	return users, explain("list accounts", err)
}

// User returns one account, or ErrNotFound.
func (a *Accounts) User(ctx context.Context, id int64) (u User, err error) {
	err = a.db.Read(ctx, func(tx *sql.Tx) (err error) {
		u, err = readUser(ctx, tx, id)
		return err
	})
	a.dropOldLock(&u)
	return u, explain("read an account", err)
}

func (a *Accounts) dropOldLock(u *User) {
	if !ahead(a.now(), u.LockedUntil, a.policy.Lockout) {
		u.LockedUntil = store.FromTime(0)
	}
}

func allUsers(ctx context.Context, tx *sql.Tx) ([]User, error) {
	rows, err := tx.QueryContext(ctx, userQuery+` ORDER BY u.username`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var users []User
	for rows.Next() {
		u, _, err := scanUser(rows.Scan)
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, rows.Err()
}

func readUser(ctx context.Context, tx *sql.Tx, id int64) (User, error) {
	u, _, err := scanUser(tx.QueryRowContext(ctx, userQuery+` WHERE u.id = ?`, id).Scan)
	return u, orNotFound(err)
}

// findUser returns the account of a name and its password hash. If there is
// none, the ID is 0.
func findUser(ctx context.Context, tx *sql.Tx, name string) (u User, hash string, err error) {
	u, hash, err = scanUser(tx.QueryRowContext(ctx, userQuery+` WHERE u.username = ?`, name).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, "", nil
	}
	return u, hash, err
}

func scanUser(row func(...any) error) (u User, hash string, err error) {
	var created, signIn, changed, locked int64
	err = row(&u.ID, &u.Username, &u.DisplayName, &u.Role, &hash, &u.MustChange, &u.Disabled, &created, &signIn, &changed, &locked)
	if err != nil {
		return User{}, "", err
	}
	u.Created, u.LastSignIn = store.FromTime(created), store.FromTime(signIn)
	u.PasswordChanged, u.LockedUntil = store.FromTime(changed), store.FromTime(locked)
	return u, hash, nil
}

func insertUser(tx *sql.Tx, u User, hash string) (id int64, err error) {
	result, err := tx.Exec(`INSERT INTO account_user
		(username, display_name, role, password, must_change, disabled, created, last_sign_in, password_changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)`,
		u.Username, u.DisplayName, u.Role, hash, u.MustChange, u.Disabled, store.Time(u.Created), store.Time(u.PasswordChanged))
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// keepAdministrator returns ErrLastAdministrator when nobody is left who could
// sign in and let others in. It runs at the end of a write transaction, so of
// two changes at once the second sees the first.
func keepAdministrator(tx *sql.Tx) error {
	var n int
	if err := tx.QueryRow(`SELECT count(*) FROM account_user WHERE role = ? AND NOT disabled`, Administrator).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return ErrLastAdministrator
	}
	return nil
}
