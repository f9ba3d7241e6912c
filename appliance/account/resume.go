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

// touchEvery is how often the use of a session or token is written down.
const touchEvery = time.Minute

// Resume returns the session that a secret belongs to, with the role of its
// user as it is now, or ErrNoSession. If its use cannot be written down, as on a
// full disk, it counts as unused, and lives on until that ends it: somebody has to
// see the page that tells of the disk.
func (a *Accounts) Resume(ctx context.Context, secret string) (Session, error) {
	now := a.now()
	var s Session
	err := a.db.Read(ctx, func(tx *sql.Tx) (err error) {
		s, err = a.scanSession(tx.QueryRowContext(ctx, sessionQuery+` WHERE s.secret = ?`, hashSecret(secret)).Scan)
		return err
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Session{}, ErrNoSession
	case err != nil:
		return Session{}, fmt.Errorf("resume a session: %w", err)
	case a.over(s):
		return Session{}, ErrNoSession
	}
	if now.Sub(s.LastSeen).Abs() < touchEvery {
		return s, nil
	}
	err = a.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE account_session SET last_seen = ? WHERE id = ?`, store.Time(now), s.ID)
		return err
	})
	if err == nil {
		s.LastSeen = store.FromTime(store.Time(now))
		s.Expires = a.expiry(s)
	}
	return s, nil
}

// sessionQuery leaves out the sessions of disabled accounts. They are removed
// when the account is disabled; this is for the request that is on its way.
const sessionQuery = `SELECT s.id, s.created, s.last_seen, s.reauth_until, s.address, s.agent, s.kind,
	u.id, u.username, u.role, u.must_change
	FROM account_session s JOIN account_user u ON u.id = s.user AND NOT u.disabled`

func (a *Accounts) scanSession(row func(...any) error) (Session, error) {
	var s Session
	var u User
	var created, seen, reauth int64
	err := row(&s.ID, &created, &seen, &reauth, &s.Address, &s.Agent, &s.Kind, &u.ID, &u.Username, &u.Role, &u.MustChange)
	if err != nil {
		return Session{}, err
	}
	s.Created, s.LastSeen = store.FromTime(created), store.FromTime(seen)
	if until := store.FromTime(reauth); ahead(a.now(), until, a.policy.Reauth) {
		s.ReauthUntil = until
	}
	a.fill(&s, u)
	return s, nil
}

// fill completes a session from its user and its times.
func (a *Accounts) fill(s *Session, u User) {
	s.UserID, s.Username, s.Role, s.MustChange = u.ID, u.Username, u.Role, u.MustChange
	s.Expires = a.expiry(*s)
}

// over says whether a session has ended by itself. A clock that is put back by
// more than it may idle ends it as one that is put forward does: nobody knows how
// long it was unused.
func (a *Accounts) over(s Session) bool {
	now := a.now()
	return !now.Before(s.Expires) || s.LastSeen.Sub(now) >= a.policy.Idle
}

func (a *Accounts) expiry(s Session) time.Time {
	idle, absolute := s.LastSeen.Add(a.policy.Idle), s.Created.Add(a.policy.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}
