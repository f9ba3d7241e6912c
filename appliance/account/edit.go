// SPDX-License-Identifier: Apache-2.0

package account

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

// Add makes an account. The error is an *InvalidError, a *PolicyError,
// ErrExists or ErrBusy when it cannot be.
func (a *Accounts) Add(ctx context.Context, by audit.Actor, n NewUser) (User, error) {
	u, err := a.drafted(n)
	if err != nil {
		return User{}, err
	}
	hash, err := a.hash(ctx, n.Password)
	if err != nil {
		return User{}, explain("add an account", err)
	}
	err = a.db.Write(ctx, func(tx *sql.Tx) error {
		other, _, err := findUser(ctx, tx, u.Username)
		if err != nil {
			return err
		}
		if other.ID != 0 {
			return ErrExists
		}
		if u.ID, err = insertUser(tx, u, hash); err != nil {
			return err
		}
		if err := forgive(tx, u.Username); err != nil { // the name was tried before it existed
			return err
		}
		return a.record(ctx, tx, by, "Added "+u.Username)
	})
	if err != nil {
		return User{}, explain("add an account", err)
	}
	return u, a.log.Append(ctx, by, audit.Entry{Action: "user.add", Object: u.Username, Outcome: audit.OK, Detail: "role " + string(u.Role)})
}

// drafted checks what is asked for and returns the account it describes.
func (a *Accounts) drafted(n NewUser) (User, error) {
	name, err := normalise(n.Username)
	if err != nil {
		return User{}, err
	}
	display := cmp.Or(strings.TrimSpace(n.DisplayName), name)
	if err := checkDisplayName(display); err != nil {
		return User{}, err
	}
	if err := checkRole(n.Role); err != nil {
		return User{}, err
	}
	if err := a.policy.checkNew(n.Password, name, ""); err != nil {
		return User{}, err
	}
	now := store.FromTime(store.Time(a.now()))
	return User{
		Username: name, DisplayName: display, Role: n.Role, MustChange: n.MustChange, Created: now, PasswordChanged: now,
	}, nil
}

// Update changes an account. Disabling it ends its sessions and revokes its
// tokens; giving it a password ends its sessions and lifts its lock. The error
// is ErrNotFound, an *InvalidError, a *PolicyError, ErrLastAdministrator or
// ErrBusy when it cannot be.
func (a *Accounts) Update(ctx context.Context, by audit.Actor, id int64, c UserChange) error {
	before, err := a.User(ctx, id)
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	hash := ""
	if c.Password != nil {
		if err := a.policy.checkNew(*c.Password, before.Username, ""); err != nil {
			return err
		}
		if hash, err = a.hash(ctx, *c.Password); err != nil {
			return explain("change an account", err)
		}
	}
	var done string
	err = a.db.Write(ctx, func(tx *sql.Tx) (err error) {
		done, err = a.update(ctx, tx, by, id, c, hash)
		return err
	})
	if err != nil || done == "" {
		return explain("change an account", err)
	}
	return a.log.Append(ctx, by, audit.Entry{Action: "user.edit", Object: before.Username, Outcome: audit.OK, Detail: done})
}

func (c UserChange) check() error {
	if c.DisplayName != nil {
		if err := checkDisplayName(*c.DisplayName); err != nil {
			return err
		}
	}
	if c.Role != nil {
		return checkRole(*c.Role)
	}
	return nil
}

// update makes a checked change in a write transaction and says what it did.
func (a *Accounts) update(ctx context.Context, tx *sql.Tx, by audit.Actor, id int64, c UserChange, hash string) (string, error) {
	u, err := readUser(ctx, tx, id)
	if err != nil {
		return "", err
	}
	if hash != "" {
		u.PasswordChanged = a.now()
		if err := setPassword(tx, u, hash, u.MustChange, a.now()); err != nil {
			return "", err
		}
		if err := endSessions(tx, id); err != nil {
			return "", err
		}
	}
	done := c.merge(&u)
	if hash != "" {
		done = append(done, "new password")
	}
	if u.PasswordChanged.IsZero() && !u.Disabled {
		return "", noPassword(u.Username)
	}
	if err := updateUser(tx, u); err != nil {
		return "", err
	}
	if err := keepAdministrator(tx); err != nil {
		return "", err
	}
	return strings.Join(done, ", "), a.record(ctx, tx, by, "Edited "+u.Username)
}

// noPassword refuses to enable an account that came back by a revert.
func noPassword(username string) error {
	return &InvalidError{"password", fmt.Sprintf("The account %s has no password: give it one, then enable it.", username)}
}

// merge puts the change into u and says what differs.
func (c UserChange) merge(u *User) (done []string) {
	if c.DisplayName != nil {
		if name := cmp.Or(strings.TrimSpace(*c.DisplayName), u.Username); name != u.DisplayName {
			u.DisplayName = name
			done = append(done, "display name "+name)
		}
	}
	if c.Role != nil && *c.Role != u.Role {
		u.Role = *c.Role
		done = append(done, "role "+string(u.Role))
	}
	if c.Disabled != nil && *c.Disabled != u.Disabled {
		u.Disabled = *c.Disabled
		done = append(done, map[bool]string{true: "disabled", false: "enabled"}[u.Disabled])
	}
	if c.MustChange != nil && *c.MustChange != u.MustChange {
		u.MustChange = *c.MustChange
		done = append(done, map[bool]string{true: "must change the password", false: "need not change the password"}[u.MustChange])
	}
	return done
}

// updateUser stores what can be edited of an account. One that is disabled
// loses what could act for it.
func updateUser(tx *sql.Tx, u User) error {
	_, err := tx.Exec(`UPDATE account_user SET display_name = ?, role = ?, disabled = ?, must_change = ? WHERE id = ?`,
		u.DisplayName, u.Role, u.Disabled, u.MustChange, u.ID)
	if err != nil || !u.Disabled {
		return err
	}
	if err := endSessions(tx, u.ID); err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM account_token WHERE user = ?`, u.ID)
	return err
}
