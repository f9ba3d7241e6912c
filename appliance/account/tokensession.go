// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"understudy/appliance/store"
)

// TokenSession returns what a token opens: a session of its user, with the role
// as it is now, and the scopes within which it may act. It has no address and
// no repeated password, and is not among Sessions. The error is ErrNoSession.
func (a *Accounts) TokenSession(ctx context.Context, secret string) (Session, []string, error) {
	now := a.now()
	s := Session{Kind: KindAPI}
	var scopes []string
	var id int64
	err := a.db.Read(ctx, func(tx *sql.Tx) error {
		var list string
		var created, expires, used int64
		err := tx.QueryRowContext(ctx, `SELECT t.id, t.scopes, t.created, t.expires, t.last_used, t.name, u.id, u.username, u.role, u.must_change
			FROM account_token t JOIN account_user u ON u.id = t.user AND NOT u.disabled WHERE t.secret = ?`, hashSecret(secret)).
			Scan(&id, &list, &created, &expires, &used, &s.Agent, &s.UserID, &s.Username, &s.Role, &s.MustChange)
		if err != nil {
			return err
		}
		s.Created, s.Expires, s.LastSeen = store.FromTime(created), store.FromTime(expires), store.FromTime(used)
		return json.Unmarshal([]byte(list), &scopes)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Session{}, nil, ErrNoSession
	case err != nil:
		return Session{}, nil, fmt.Errorf("look up a token: %w", err)
	case !now.Before(s.Expires):
		return Session{}, nil, ErrNoSession
	}
	s.ID = fmt.Sprintf("token-%d", id)
	if now.Sub(s.LastSeen).Abs() < touchEvery {
		return s, scopes, nil
	}
	err = a.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE account_token SET last_used = ? WHERE id = ?`, store.Time(now), id)
		return err
	})
	if err == nil { // else see Resume
		s.LastSeen = store.FromTime(store.Time(now))
	}
	return s, scopes, nil
}
