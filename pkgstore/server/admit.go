// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"understudy/appliance/store"
	"understudy/pkgstore/checkin"
)

// Refusal is why an appliance or its download key is not let in. It shows
// nothing of anybody else.
type Refusal struct {
	Code   string // "clock", "expired", "unknown-serial", …
	Text   string // sentences for people
	Status int    // HTTP
}

func (r *Refusal) Error() string { return r.Text }

// The refusals that no package below words.
var (
	errPurpose     = &Refusal{"wrong-purpose", "This is a key for another purpose. Make a new one on the appliance's Updates page.", 400}
	errSerial      = &Refusal{"unknown-serial", "This appliance is not known to the update server. Contact Support with its serial number.", 403}
	errKey         = &Refusal{"wrong-key", "This was not made by the appliance that is known under its serial number. If the appliance was reset or replaced, contact Support.", 403}
	errNotEnrolled = &Refusal{"not-enrolled", "This appliance has never checked for updates online, so its key is not known yet. Send the key to Support, and try again when they have entered it.", 403}
	errMoved       = &Refusal{"moved", "This key was made before the appliance came to its present customer. Make a new one on the appliance's Updates page.", 403}
	errUsed        = &Refusal{"used", "This key was used before. Make a new one on the appliance's Updates page.", 409}
	errLapsed      = &Refusal{"maintenance-lapsed", "The maintenance of this appliance has ended, so there are no updates for it. Contact Support to renew it.", 403}
	errSession     = &Refusal{"no-session", "The update server does not know who asks. Check for updates again.", 401}
	errOver        = &Refusal{"no-session", "The last key does not count any more. Enter a new Appliance Download Key.", 401}
	errSupportUsed = &Refusal{"used", "This key was used before. Ask Support for a new one.", 409}
	errSupportKey  = &Refusal{"unknown-key", "The update server did not make this key, or it is not valid any more. Ask Support for a new one.", 403}
)

const (
	sessionCheck    = 6 * time.Hour // for the packages of one check, also over slow lines
	sessionDownload = 7 * 24 * time.Hour
	supportPrefix   = "USS1-"
)

// session is who may fetch what: the bearer of an appliance, or the cookie of
// somebody who brought its download key.
type session struct {
	secret   string
	expires  time.Time
	customer Customer
	Appliance
}

// admit lets an appliance in by a statement for purpose, and learns from it.
// The error is a *Refusal unless the server itself has failed.
func (s *Server) admit(ctx context.Context, text string, purpose checkin.Purpose) (session, error) {
	now := s.config.Now()
	st, err := checkin.Parse(text)
	if err != nil {
		return session{}, &Refusal{"bad-key", err.Error(), 400}
	}
	if st.Purpose != purpose {
		return session{}, errPurpose
	}
	if err := timely(st, now); err != nil {
		return session{}, err
	}
	var out session
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		if err := s.known(ctx, tx, st); err != nil {
			return err
		}
		if err := use(ctx, tx, st.Nonce[:], st.At.Add(checkin.ValidFor+checkin.MaxSkew), now); err != nil {
			return err
		}
		installed, err := json.Marshal(st.Installed)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE appliance SET key = ?, hostname = ?, installed = ?, checked = ?,
			seen = iif(seen = 0, ?, seen) WHERE serial = ?`, []byte(st.Key), st.Hostname, string(installed), store.Time(now), store.Time(now), st.Serial)
		if err != nil {
			return err
		}
		out, err = s.begin(ctx, tx, st.Serial, purpose, now)
		return err
	})
	return out, err
}

// timely words what package checkin says of the clocks.
func timely(st checkin.Statement, now time.Time) error {
	err := st.Check(now)
	var expired *checkin.ExpiredError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &expired):
		return &Refusal{"expired", err.Error(), 403}
	}
	return &Refusal{"clock", err.Error(), 403}
}

// known checks serial and key. An unknown key is taken from the first online
// check of a serial that has none; in open mode unknown serials are taken too,
// whatever they ask for.
func (s *Server) known(ctx context.Context, tx *sql.Tx, st checkin.Statement) error {
	a, found, err := applianceOf(ctx, tx, st.Serial)
	switch {
	case err != nil:
		return err
	case !found && !s.config.Open:
		return errSerial
	case !found:
		_, err := tx.ExecContext(ctx, `INSERT INTO appliance VALUES (?, ?, NULL, '', '[]', 0, 0, '', 'joined by itself', 0)`, st.Serial, DefaultCustomer)
		return err
	case a.Key == nil && st.Purpose != checkin.Online && !s.config.Open:
		return errNotEnrolled
	case a.Key != nil && !a.Key.Equal(st.Key):
		return errKey
	case st.Purpose == checkin.Download && !a.moved.IsZero() && !st.At.After(a.moved):
		return errMoved
	}
	return nil
}

// use makes sure that a statement is used once, and forgets those that are
// refused for their age anyway.
func use(ctx context.Context, tx *sql.Tx, nonce []byte, expires, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM used WHERE expires < ?`, store.Time(now)); err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO used VALUES (?, ?)`, nonce, store.Time(expires))
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return errUsed
	}
	return err
}

// begin starts a session of an appliance that was let in.
func (s *Server) begin(ctx context.Context, tx *sql.Tx, serial string, purpose checkin.Purpose, now time.Time) (session, error) {
	a, _, err := applianceOf(ctx, tx, serial)
	if err != nil {
		return session{}, err
	}
	out := session{Appliance: a, secret: rand.Text(), expires: now.Add(sessionCheck)}
	if purpose == checkin.Download {
		out.expires = now.Add(sessionDownload)
	}
	if out.customer, err = customer(ctx, tx, a.Customer); err != nil {
		return session{}, err
	}
	if out.customer.Maintenance.Before(now) {
		return session{}, errLapsed
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE expires < ?`, store.Time(now)); err != nil {
		return session{}, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO session VALUES (?, ?, ?, ?)`, hashed(out.secret), serial, string(purpose), store.Time(out.expires))
	return out, err
}

// resume finds a running session by its secret; errSession if there is none.
func (s *Server) resume(ctx context.Context, secret string, purpose checkin.Purpose) (session, error) {
	out := session{secret: secret}
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		var serial string
		var expires int64
		found, err := one(ctx, tx, `SELECT serial, expires FROM session WHERE secret = ? AND purpose = ?`,
			[]any{hashed(secret), string(purpose)}, []any{&serial, &expires})
		out.expires = store.FromTime(expires)
		if err != nil {
			return err
		}
		if !found || out.expires.Before(s.config.Now()) {
			return errSession
		}
		if out.Appliance, _, err = applianceOf(ctx, tx, serial); err != nil {
			return err
		}
		out.customer, err = customer(ctx, tx, out.Customer)
		return err
	})
	return out, err
}

// SupportKey makes a download key for an appliance that cannot make one: before
// Base 3.3.2, Support does that. It is valid for 7 days, once.
func (s *Server) SupportKey(ctx context.Context, serial string) (string, error) {
	key := supportPrefix + rand.Text() + rand.Text()
	err := s.db.Write(ctx, func(tx *sql.Tx) error {
		if _, found, err := applianceOf(ctx, tx, serial); err != nil || !found {
			return errors.Join(errSerial, err)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO support_key VALUES (?, ?, ?)`, hashed(key), serial, store.Time(s.config.Now().Add(checkin.ValidFor)))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make a download key for %.64q: %w", serial, err)
	}
	return key, nil
}

// admitKey lets somebody in by a download key, the appliance's or Support's.
func (s *Server) admitKey(ctx context.Context, text string) (session, error) {
	key := strings.Join(strings.Fields(text), "")
	if !strings.HasPrefix(key, supportPrefix) {
		return s.admit(ctx, text, checkin.Download)
	}
	var out session
	err := s.db.Write(ctx, func(tx *sql.Tx) error {
		now := s.config.Now()
		var serial string
		var expires int64
		found, err := one(ctx, tx, `SELECT serial, expires FROM support_key WHERE secret = ?`, []any{hashed(key)}, []any{&serial, &expires})
		if err != nil {
			return err
		}
		if !found || store.FromTime(expires).Before(now) {
			return errSupportKey
		}
		err = use(ctx, tx, hashed(key), store.FromTime(expires), now)
		if errors.Is(err, errUsed) { // before Base 3.3.2 the appliance makes none
			return errSupportUsed
		}
		if err != nil {
			return err
		}
		out, err = s.begin(ctx, tx, serial, checkin.Download, now)
		return err
	})
	return out, err
}

func hashed(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// saw notes whose view an appliance was shown.
func (s *Server) saw(ctx context.Context, in session) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE appliance SET view = ? WHERE serial = ?`, in.customer.ID, in.Serial)
		return err
	})
}
