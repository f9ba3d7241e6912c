// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"understudy/appliance/audit"
)

// maxTyped is how many bytes of a typed password are looked at all. A longer
// one is wrong.
const maxTyped = 4 * MaxLength

// denied is why a password did not open anything: what the person is told, and
// what the audit log says.
type denied struct {
	public error
	why    string
}

func (d *denied) Error() string { return d.public.Error() }
func (d *denied) Unwrap() error { return d.public }

// prove checks that password is the one of a user name and then runs open,
// still in its slot. It is the only place that compares passwords. A failure
// is counted before the password is looked at and forgiven by open, so however
// many try at once, no more than the limit are looked at.
//
// The error is a *denied for who is not let in.
func (a *Accounts) prove(ctx context.Context, name, password string, open func(ctx context.Context, u User, stored phc) error) error {
	// A locked name takes no slot from others.
	err := a.db.Read(ctx, func(tx *sql.Tx) error {
		f, err := readFailures(ctx, tx, name)
		if err != nil {
			return err
		}
		return f.locked(a.now(), a.policy)
	})
	if err == nil {
		err = a.hasher.do(ctx, func() error {
			return a.proveInSlot(context.WithoutCancel(ctx), name, password, open)
		})
	}
	var locked *LockedError
	switch {
	case errors.As(err, &locked):
		return &denied{locked, "locked"}
	case errors.Is(err, ErrBusy):
		return &denied{ErrBusy, "too many at once"}
	}
	return err
}

func (a *Accounts) proveInSlot(ctx context.Context, name, password string, open func(context.Context, User, phc) error) error {
	var u User
	var hash string
	var f failures
	err := a.db.Write(ctx, func(tx *sql.Tx) (err error) {
		if f, err = readFailures(ctx, tx, name); err != nil {
			return err
		}
		if err := f.locked(a.now(), a.policy); err != nil {
			return err
		}
		f = f.add(a.now(), a.policy)
		if err := writeFailures(tx, name, f, a.now(), a.policy); err != nil {
			return err
		}
		u, hash, err = findUser(ctx, tx, name)
		return err
	})
	if err != nil {
		return err
	}
	stored, why := a.compare(u, hash, password)
	if why == "" {
		return open(ctx, u, stored)
	}
	if !f.lockedUntil.IsZero() {
		err := a.log.Append(ctx, audit.System, audit.Entry{
			Action: "user.lock", Object: name, Outcome: audit.OK,
			Detail: fmt.Sprintf("%d wrong passwords; locked until %s", f.count, f.lockedUntil.UTC().Format("2006-01-02 15:04:05 UTC")),
		})
		if err != nil {
			return err
		}
	}
	return &denied{ErrCredentials, why}
}

// compare says why password does not open the account, or "". It does the same
// work whether there is an account or not.
func (a *Accounts) compare(u User, hash, password string) (stored phc, why string) {
	overlong := len(password) > maxTyped
	if overlong {
		password = ""
	}
	stored, err := parsePHC(hash)
	if err != nil { // no such user, or one without a password
		phc{argon: a.policy.Argon2, salt: make([]byte, saltSize), hash: make([]byte, hashSize)}.matches(password)
		if u.ID == 0 {
			return phc{}, "no such user"
		}
		return phc{}, "the account has no password"
	}
	switch {
	case !stored.matches(password) || overlong:
		return phc{}, "wrong password"
	case u.Disabled:
		return phc{}, "the account is disabled"
	}
	return stored, ""
}

// refuse records a denial and returns what the person is told. Other errors
// come back as they are.
func (a *Accounts) refuse(ctx context.Context, by audit.Actor, action, object string, err error) error {
	var d *denied
	if !errors.As(err, &d) {
		return err
	}
	if err := a.log.Append(ctx, by, audit.Entry{Action: action, Object: object, Outcome: audit.Refused, Detail: d.why}); err != nil {
		return err
	}
	return d.public
}
