// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"understudy/appliance/store"
)

// maxNames is how many user names with failures are remembered. Forgetting a
// locked one takes more wrong passwords than can be tried before its lock ends
// anyway.
const maxNames = 10_000

// noName stands for everything typed that cannot be a user name.
const noName = "?"

// failures is what stands against a user name, existing or not.
type failures struct {
	count       int
	last        time.Time
	lockedUntil time.Time
}

func readFailures(ctx context.Context, tx *sql.Tx, name string) (f failures, err error) {
	var last, until int64
	err = tx.QueryRowContext(ctx, `SELECT failed, last, locked_until FROM account_failure WHERE username = ?`, name).Scan(&f.count, &last, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return failures{}, nil
	}
	f.last, f.lockedUntil = store.FromTime(last), store.FromTime(until)
	return f, err
}

// add counts one more failure at a moment. Those before a pause as long as a
// lock are forgotten, and so are those of a lock that is over.
func (f failures) add(now time.Time, p Policy) failures {
	if now.Sub(f.last).Abs() >= p.Lockout { // either way, as the clock may be put back
		f = failures{}
	}
	f.count++
	f.last = now
	if p.FailedLimit > 0 && f.count >= p.FailedLimit {
		f.lockedUntil = now.Add(p.Lockout)
	}
	return f
}

// locked returns a *LockedError while the name is locked.
func (f failures) locked(now time.Time, p Policy) error {
	if ahead(now, f.lockedUntil, p.Lockout) {
		return &LockedError{Until: f.lockedUntil}
	}
	return nil
}

func writeFailures(tx *sql.Tx, name string, f failures, now time.Time, p Policy) error {
	if err := trimFailures(tx, now, p); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO account_failure (username, failed, last, locked_until) VALUES (?, ?, ?, ?)
		ON CONFLICT (username) DO UPDATE SET failed = excluded.failed, last = excluded.last, locked_until = excluded.locked_until`,
		name, f.count, store.Time(f.last), store.Time(f.lockedUntil))
	return err
}

// trimFailures keeps the table small: first what means nothing any more goes,
// then the oldest that is not locked.
func trimFailures(tx *sql.Tx, now time.Time, p Policy) error {
	var names int
	if err := tx.QueryRow(`SELECT count(*) FROM account_failure`).Scan(&names); err != nil || names < maxNames {
		return err
	}
	_, err := tx.Exec(`DELETE FROM account_failure WHERE locked_until <= ? AND last <= ?`, store.Time(now), store.Time(now.Add(-p.Lockout)))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM account_failure WHERE username IN (SELECT username FROM account_failure
		ORDER BY locked_until > ?, last LIMIT max(0, (SELECT count(*) FROM account_failure) - ?))`, store.Time(now), maxNames-1)
	return err
}

// forgive forgets all failures of a name.
func forgive(tx *sql.Tx, name string) error {
	if _, err := tx.Exec(`DELETE FROM account_failure WHERE username = ?`, name); err != nil {
		return fmt.Errorf("forget wrong passwords of %s: %w", name, err)
	}
	return nil
}
