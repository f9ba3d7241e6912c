// SPDX-License-Identifier: Apache-2.0

package account

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/appliance/audit"
	"understudy/appliance/revision"
)

// Area is the name under which the list of users has its revisions.
const Area = "users"

// document is the list of users as it stands in a revision: no passwords, no
// hashes, nothing that changes by mere use.
type document struct {
	Users map[string]documentUser `json:"users"` // by user name
}

type documentUser struct {
	DisplayName string `json:"displayName"`
	Role        Role   `json:"role"`
	Disabled    bool   `json:"disabled"`
}

// record puts the present list into the book, at the end of a write
// transaction.
func (a *Accounts) record(ctx context.Context, tx *sql.Tx, by audit.Actor, reason string) error {
	users, err := allUsers(ctx, tx)
	if err != nil {
		return err
	}
	doc := document{Users: map[string]documentUser{}}
	for _, u := range users {
		doc.Users[u.Username] = documentUser{u.DisplayName, u.Role, u.Disabled}
	}
	_, _, err = a.book.PutTx(ctx, tx, by, Area, -1, doc, reason)
	return err
}

var _ revision.Apply = (*Accounts)(nil).apply

// apply makes the list of users what a document says; reverts come this way.
// An account that it has to make again comes back disabled, because nobody
// knows its password; give it one, then enable it.
func (a *Accounts) apply(ctx context.Context, by audit.Actor, raw json.RawMessage, reason string) error {
	doc, err := parseDocument(raw)
	if err != nil {
		return explain("apply a list of users", err)
	}
	var done []string
	err = a.db.Write(ctx, func(tx *sql.Tx) error {
		if done, err = a.become(ctx, tx, by, doc); err != nil {
			return err
		}
		if err := keepAdministrator(tx); err != nil {
			return err
		}
		return a.record(ctx, tx, by, reason)
	})
	if errors.Is(err, revision.ErrStale) {
		return revision.ErrStale
	}
	if err != nil {
		return explain("apply a list of users", err)
	}
	return a.log.Append(ctx, by, audit.Entry{
		Action: "user.revert", Object: Area, Outcome: audit.OK, Detail: reason + ": " + strings.Join(done, ", "),
	})
}

func parseDocument(raw json.RawMessage) (document, error) {
	var doc document
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return document{}, err
	}
	for name, u := range doc.Users {
		if normal, err := normalise(name); err != nil {
			return document{}, err
		} else if normal != name {
			return document{}, fmt.Errorf("%q is not how a user name is stored", name)
		}
		if err := checkDisplayName(u.DisplayName); err != nil {
			return document{}, err
		}
		if err := checkRole(u.Role); err != nil {
			return document{}, err
		}
	}
	return doc, nil
}

// become changes what differs between the accounts and doc, and says what.
func (a *Accounts) become(ctx context.Context, tx *sql.Tx, by audit.Actor, doc document) (done []string, err error) {
	users, err := allUsers(ctx, tx)
	if err != nil {
		return nil, err
	}
	left := maps.Clone(doc.Users)
	for _, u := range users {
		want, stays := left[u.Username]
		delete(left, u.Username)
		switch {
		case !stays && u.Username == by.Name:
			return nil, ErrOwnAccount
		case !stays:
			done = append(done, "deleted "+u.Username)
			err = deleteUser(tx, u.ID)
		case want != documentUser{u.DisplayName, u.Role, u.Disabled}:
			done = append(done, "changed "+u.Username)
			if !want.Disabled && u.PasswordChanged.IsZero() {
				return nil, noPassword(u.Username)
			}
			u.DisplayName, u.Role, u.Disabled = want.DisplayName, want.Role, want.Disabled
			err = updateUser(tx, u)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		done = append(done, "made "+name+" again, disabled")
		u := User{Username: name, DisplayName: left[name].DisplayName, Role: left[name].Role, Disabled: true, Created: a.now()}
		if _, err := insertUser(tx, u, ""); err != nil {
			return nil, err
		}
	}
	return done, nil
}
