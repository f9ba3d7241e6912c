// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"understudy/appliance/store"
)

// CarrySignOuts ends, in a copy of a database that is about to take its place,
// the sessions that the database does not have any more: who has signed out since
// stays signed out. If the database cannot be read, all sessions of the copy end.
// Both are paths of files that nobody has open. After an error the copy may be
// damaged and have a log beside it; else all of it is in its file.
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
	err = errors.Join(err, db.Close())
	if _, found := os.Lstat(copied + "-wal"); err == nil && found == nil {
		err = errors.New("the log of the database was not folded into it")
	}
	if err != nil {
		return fmt.Errorf("carry sign-outs over: %w", err)
	}
	return nil
}

func sessionIDs(ctx context.Context, database string) (ids []string, err error) {
	ids = []string{}
	if _, err := os.Lstat(database); err != nil { // opening it would make one
		return ids, err
	}
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
