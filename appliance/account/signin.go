// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

// maxSessions is how many sessions a user has. One more ends the one that was
// unused for longest.
const maxSessions = 16

// SignIn opens a session. from says where the request came from; its Name is
// not looked at. kind is KindWeb or KindAPI. The secret is what the client
// shows from then on; it is not stored and cannot be had again.
//
// The error is ErrCredentials, a *LockedError or ErrBusy, and each is the same
// for user names that do not exist.
func (a *Accounts) SignIn(ctx context.Context, from audit.Actor, username, password, agent, kind string) (secret string, s Session, err error) {
	if kind != KindWeb && kind != KindAPI {
		return "", Session{}, fmt.Errorf("sign in: there is no kind of session %q", kind)
	}
	name, err := normalise(username)
	if err != nil {
		name = noName
	}
	from.Name = name
	err = a.prove(ctx, name, password, func(ctx context.Context, u User, stored phc) (err error) {
		secret, s, err = a.openSession(ctx, u, stored, password, Session{Address: from.Address, Agent: agent, Kind: kind})
		return err
	})
	if err != nil {
		return "", Session{}, explain("sign in", a.refuse(ctx, from, "sign-in", name, err))
	}
	if err := a.log.Append(ctx, from, audit.Entry{Action: "sign-in", Object: name, Outcome: audit.OK, Detail: s.Agent}); err != nil {
		// Nobody comes in unrecorded.
		return "", Session{}, errors.Join(err, a.dropSession(context.WithoutCancel(ctx), s.ID))
	}
	return secret, s, nil
}

// openSession stores a session of u, whose password was just proved.
func (a *Accounts) openSession(ctx context.Context, u User, stored phc, password string, s Session) (string, Session, error) {
	fresh := ""
	if stored.argon != a.policy.Argon2 { // the profile asks for more, or less, by now
		var err error
		if fresh, err = HashPassword(a.policy.Argon2, password); err != nil {
			return "", Session{}, err
		}
	}
	secret, hash := newSecret("")
	now := a.now()
	s.ID = newID()
	s.Created, s.LastSeen = store.FromTime(store.Time(now)), store.FromTime(store.Time(now))
	s.Agent = shorten(s.Agent)
	err := a.db.Write(ctx, func(tx *sql.Tx) error {
		if err := stillValid(ctx, tx, u); err != nil {
			return err
		}
		if fresh != "" {
			if _, err := tx.Exec(`UPDATE account_user SET password = ? WHERE id = ?`, fresh, u.ID); err != nil {
				return err
			}
		}
		if err := forgive(tx, u.Username); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE account_user SET last_sign_in = ? WHERE id = ?`, store.Time(now), u.ID); err != nil {
			return err
		}
		if err := a.trimSessions(tx, u.ID, now); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO account_session (id, secret, user, created, last_seen, reauth_until, address, agent, kind)
			VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?)`, s.ID, hash, u.ID, store.Time(now), store.Time(now), s.Address, s.Agent, s.Kind)
		return err
	})
	if err != nil {
		return "", Session{}, err
	}
	a.fill(&s, u)
	return secret, s, nil
}

// stillValid makes sure, in the write transaction, that the account is as it
// was when its password was looked at.
func stillValid(ctx context.Context, tx *sql.Tx, u User) error {
	now, _, err := findUser(ctx, tx, u.Username)
	if err != nil {
		return err
	}
	if now.ID != u.ID || now.Disabled || !now.PasswordChanged.Equal(u.PasswordChanged) {
		return &denied{ErrCredentials, "the account was changed meanwhile"}
	}
	return nil
}

// trimSessions makes room for one more session of a user, and removes those of
// everybody that have ended by themselves.
func (a *Accounts) trimSessions(tx *sql.Tx, user int64, now time.Time) error {
	_, err := tx.Exec(`DELETE FROM account_session WHERE last_seen <= ? OR last_seen >= ? OR created <= ?`,
		store.Time(now.Add(-a.policy.Idle)), store.Time(now.Add(a.policy.Idle)), store.Time(now.Add(-a.policy.Absolute)))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM account_session WHERE id IN (SELECT id FROM account_session WHERE user = ?
		ORDER BY last_seen DESC, created DESC LIMIT -1 OFFSET ?)`, user, maxSessions-1)
	return err
}
