// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

const (
	// TokenPrefix begins every token, so that people, scanners of source code
	// and the gate know one when they see it.
	TokenPrefix = "usk_"

	// MaxTokenAge is how long a token can last.
	MaxTokenAge = 366 * 24 * time.Hour

	maxTokens    = 50 // of a user
	maxScopes    = 50 // of a token
	maxTokenName = 64 // characters
)

// NewToken makes a token with which a program can act for a user, within
// scopes (such as "network:read"; which there are is the API's business) and
// for ttl. The secret is shown once; it is not stored. The error is ErrNotFound,
// an *InvalidError, or that of the book while nothing may be changed.
func (a *Accounts) NewToken(ctx context.Context, by audit.Actor, userID int64, name string, scopes []string, ttl time.Duration) (secret string, t Token, err error) {
	t = Token{Name: strings.TrimSpace(name), Scopes: slices.Compact(slices.Sorted(slices.Values(scopes)))}
	if err := t.check(ttl); err != nil {
		return "", Token{}, err
	}
	list, err := json.Marshal(t.Scopes)
	if err != nil {
		return "", Token{}, fmt.Errorf("make a token: %w", err)
	}
	secret, hash := newSecret(TokenPrefix)
	t.Created = store.FromTime(store.Time(a.now()))
	t.Expires = store.FromTime(store.Time(t.Created.Add(ttl)))
	err = a.db.Write(ctx, func(tx *sql.Tx) error {
		if err := a.book.MayChange(ctx, by); err != nil {
			return err
		}
		u, err := readUser(ctx, tx, userID)
		if err != nil {
			return err
		}
		t.Username = u.Username
		if err := a.roomForToken(tx, u); err != nil {
			return err
		}
		result, err := tx.Exec(`INSERT INTO account_token (secret, user, name, scopes, created, expires, last_used) VALUES (?, ?, ?, ?, ?, ?, 0)`,
			hash, u.ID, t.Name, string(list), store.Time(t.Created), store.Time(t.Expires))
		if err != nil {
			return err
		}
		t.ID, err = result.LastInsertId()
		return err
	})
	if err != nil {
		return "", Token{}, explain("make a token", err)
	}
	return secret, t, a.log.Append(ctx, by, audit.Entry{
		Action: "token.add", Object: t.Username, Outcome: audit.OK,
		Detail: fmt.Sprintf("%s, until %s, for %s", t.Name, t.Expires.Format(time.DateOnly), strings.Join(t.Scopes, " ")),
	})
}

func (t Token) check(ttl time.Duration) error {
	bad := func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }
	switch {
	case t.Name == "" || utf8.RuneCountInString(t.Name) > maxTokenName || strings.ContainsFunc(t.Name, bad):
		return &InvalidError{"name", fmt.Sprintf("Give the token a name of 1 to %d characters that says what it is for.", maxTokenName)}
	case len(t.Scopes) == 0 || len(t.Scopes) > maxScopes:
		return &InvalidError{"scopes", "Choose what the token may be used for."}
	case ttl <= 0 || ttl > MaxTokenAge:
		return &InvalidError{"expires", "Choose when the token ends: in the future, and within a year."}
	}
	for _, s := range t.Scopes {
		if !isScope(s) {
			return &InvalidError{"scopes", fmt.Sprintf("%.40q is not a scope: a scope looks like network:read.", s)}
		}
	}
	return nil
}

// isScope reports whether s looks like network:read: two words with a colon
// between, each of 1 to 31 lower-case letters and dashes, a letter first.
func isScope(s string) bool {
	what, how, ok := strings.Cut(s, ":")
	for _, word := range []string{what, how} {
		ok = ok && word != "" && len(word) <= 31 && word[0] != '-' && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz-") == ""
	}
	return ok
}

// roomForToken refuses a token for a disabled account or beyond the limit.
// Tokens that have ended are removed first.
func (a *Accounts) roomForToken(tx *sql.Tx, u User) error {
	if u.Disabled {
		return &InvalidError{"user", "This account is disabled: enable it first."}
	}
	if _, err := tx.Exec(`DELETE FROM account_token WHERE user = ? AND expires <= ?`, u.ID, store.Time(a.now())); err != nil {
		return err
	}
	var n int
	if err := tx.QueryRow(`SELECT count(*) FROM account_token WHERE user = ?`, u.ID).Scan(&n); err != nil {
		return err
	}
	if n >= maxTokens {
		return &InvalidError{"user", fmt.Sprintf("This account has %d tokens, and more are not allowed: revoke some first.", n)}
	}
	return nil
}

// Tokens returns the tokens of a user, or of all if userID is 0, the newest
// first. Those that have ended are among them until a new one is made.
func (a *Accounts) Tokens(ctx context.Context, userID int64) ([]Token, error) {
	var tokens []Token
	err := a.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT t.id, t.name, u.username, t.scopes, t.created, t.expires, t.last_used
			FROM account_token t JOIN account_user u ON u.id = t.user WHERE ?1 = 0 OR u.id = ?1 ORDER BY t.id DESC`, userID)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var t Token
			var scopes string
			var created, expires, used int64
			if err := rows.Scan(&t.ID, &t.Name, &t.Username, &scopes, &created, &expires, &used); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(scopes), &t.Scopes); err != nil {
				return err
			}
			t.Created, t.Expires, t.LastUsed = store.FromTime(created), store.FromTime(expires), store.FromTime(used)
			tokens = append(tokens, t)
		}
		return rows.Err()
	})
	return tokens, explain("list tokens", err)
}

// RevokeToken ends a token at once, or returns ErrNotFound, or the error of the
// book while nothing may be changed.
func (a *Accounts) RevokeToken(ctx context.Context, by audit.Actor, id int64) error {
	var owner, name string
	err := a.db.Write(ctx, func(tx *sql.Tx) error {
		if err := a.book.MayChange(ctx, by); err != nil {
			return err
		}
		err := tx.QueryRow(`SELECT u.username, t.name FROM account_token t JOIN account_user u ON u.id = t.user WHERE t.id = ?`, id).Scan(&owner, &name)
		if err != nil {
			return orNotFound(err)
		}
		_, err = tx.Exec(`DELETE FROM account_token WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return explain("revoke a token", err)
	}
	return a.log.Append(ctx, by, audit.Entry{Action: "token.revoke", Object: owner, Outcome: audit.OK, Detail: name})
}
