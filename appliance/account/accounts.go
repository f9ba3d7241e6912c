// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/revision"
	"understudy/appliance/store"
)

// Accounts are the accounts of one database. They are safe for concurrent use.
type Accounts struct {
	db     *store.DB
	book   *revision.Book
	log    *audit.Log
	policy Policy
	now    func() time.Time
	hasher *hasher
}

// New returns the accounts in db, which has the tables of Schema1 and those of
// book. It makes the accounts the managers of the area "users" of book.
func New(db *store.DB, book *revision.Book, log *audit.Log, policy Policy, now func() time.Time) *Accounts {
	a := &Accounts{db: db, book: book, log: log, policy: policy, now: now, hasher: newHasher(policy.Concurrent)}
	book.Handle(Area, a.apply)
	return a
}

// Any reports whether db holds an account. It can be asked before there are
// Accounts over it.
func Any(ctx context.Context, db *store.DB) (some bool, err error) {
	err = db.Read(ctx, func(tx *sql.Tx) error {
		some, err = anyone(tx)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for accounts: %w", err)
	}
	return some, nil
}

func anyone(tx *sql.Tx) (some bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM account_user)`).Scan(&some)
	return some, err
}

// FirstID is the ID of the account that Bootstrap made. No other account gets
// it, even when that one is deleted.
const FirstID int64 = 1

// Bootstrap makes the first account, an administrator, with a password that is
// hashed already. When there is an account, it does nothing: what the first
// start offers is over for good then. As long as nobody has given the account
// another password, its PasswordChanged is the time it was Created.
func (a *Accounts) Bootstrap(ctx context.Context, username, phcHash string, mustChange bool) error {
	name, err := normalise(username)
	if err != nil {
		return fmt.Errorf("make the first account: %w", err)
	}
	if _, err := parsePHC(phcHash); err != nil {
		return fmt.Errorf("make the first account: %w", err)
	}
	made := false
	err = a.db.Write(ctx, func(tx *sql.Tx) error {
		if some, err := anyone(tx); err != nil || some {
			return err
		}
		made = true
		now := a.now()
		_, err := insertUser(tx, User{
			Username: name, DisplayName: name, Role: Administrator, MustChange: mustChange,
			Created: now, PasswordChanged: now,
		}, phcHash)
		if err != nil {
			return err
		}
		return a.record(ctx, tx, audit.System, "First account")
	})
	if err != nil {
		return fmt.Errorf("make the first account: %w", err)
	}
	if !made {
		return nil
	}
	return a.log.Append(ctx, audit.System, audit.Entry{Action: "user.add", Object: name, Outcome: audit.OK, Detail: "first account"})
}
