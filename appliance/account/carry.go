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

// CarrySignOuts ends, in a copy of a database that is about to take its place,
// the sessions that the database does not have any more: who has signed out since
// stays signed out. If the database cannot be read, all sessions of the copy end.
// Both are paths of files that nobody has open. It can be repeated.
func CarrySignOuts(ctx context.Context, database, copied string) error {
	open, unread := sessionIDs(ctx, database)
	list, err := json.Marshal(open)
	if err != nil {
		return err
	}
	db, err := store.OpenShared(ctx, copied, nil)
	if err != nil {
		return fmt.Errorf("carry sign-outs over: %w", errors.Join(unread, err))
	}
	err = db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM account_session WHERE id NOT IN (SELECT value FROM json_each(?))`, string(list))
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("carry sign-outs over: %w", err)
	}
	return nil
}

func sessionIDs(ctx context.Context, database string) (ids []string, err error) {
	ids = []string{}
	db, err := store.OpenShared(ctx, database, nil)
	if err != nil {
		return ids, err
	}
	err = db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT id FROM account_session`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	return ids, errors.Join(err, db.Close())
}
