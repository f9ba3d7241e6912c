// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"fmt"

	"understudy/appliance/audit"
)

// Sessions returns the sessions that are open, the last used first.
func (a *Accounts) Sessions(ctx context.Context) ([]Session, error) {
	var open []Session
	err := a.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, sessionQuery+` ORDER BY s.last_seen DESC, s.created DESC, s.id`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			s, err := a.scanSession(rows.Scan)
			if err != nil {
				return err
			}
			if !a.over(s) {
				open = append(open, s)
			}
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return open, nil
}

// SignOut ends the session of who asks. A session that has ended already is
// fine.
func (a *Accounts) SignOut(ctx context.Context, s Session) error {
	if err := a.dropSession(ctx, s.ID); err != nil {
		return err
	}
	return a.log.Append(ctx, s.actor(), audit.Entry{Action: "sign-out", Object: s.Username, Outcome: audit.OK})
}

// EndSession ends the session with this public id, whoever's it is, or returns
// ErrNotFound, or the error of the book while nothing may be changed.
func (a *Accounts) EndSession(ctx context.Context, by audit.Actor, id string) error {
	var s Session
	err := a.db.Write(ctx, func(tx *sql.Tx) (err error) {
		if err := a.book.MayChange(ctx, by); err != nil {
			return err
		}
		s, err = a.scanSession(tx.QueryRow(sessionQuery+` WHERE s.id = ?`, id).Scan)
		if err != nil {
			return orNotFound(err)
		}
		_, err = tx.Exec(`DELETE FROM account_session WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return explain("end a session", err)
	}
	return a.log.Append(ctx, by, audit.Entry{
		Action: "session.end", Object: s.Username, Outcome: audit.OK, Detail: "session from " + s.Address + ", " + s.Agent,
	})
}

func (a *Accounts) dropSession(ctx context.Context, id string) error {
	err := a.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM account_session WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// endSessions ends all sessions of a user but those to keep.
func endSessions(tx *sql.Tx, user int64, keep ...Session) error {
	kept := map[string]bool{}
	for _, s := range keep {
		kept[s.ID] = true
	}
	rows, err := tx.Query(`SELECT id FROM account_session WHERE user = ?`, user)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var end []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if !kept[id] {
			end = append(end, id)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, id := range end {
		if _, err := tx.Exec(`DELETE FROM account_session WHERE id = ?`, id); err != nil {
			return err
		}
	}
	return nil
}

// actor is who acts in a session, for the audit log.
func (s Session) actor() audit.Actor {
	via := "page"
	if s.Kind == KindAPI {
		via = "api"
	}
	return audit.Actor{Name: s.Username, Address: s.Address, Via: via}
}
