// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"understudy/appliance/store"
	"understudy/naming"
	"understudy/pkgstore/checkin"
	"understudy/pkgstore/pack"
)

// Appliance is a box of a customer.
type Appliance struct {
	Serial    string
	Customer  string            // ID
	Key       ed25519.PublicKey // nil: not enrolled yet
	Hostname  string
	Installed []pack.Release // as last heard
	Seen      time.Time      // first; zero: never
	Checked   time.Time      // last
	Note      string
	moved     time.Time // to its present customer; zero: never
	view      string    // whose view it saw last
}

// Enroll makes serial an appliance of a customer, or moves it to him. Key is
// its identity key: a statement that it made, 64 hexadecimal digits, or empty
// to keep what is known and learn it at its first check otherwise. With another
// customer, or another key than the known one, what the appliance was given
// before ends: sessions, keys of Support and downloads; and download keys that it
// made before it came to another customer.
func (s *Server) Enroll(ctx context.Context, serial, customerID, key, note string) error {
	public, err := parseKey(serial, key)
	if err != nil {
		return fmt.Errorf("enroll %.64q: %w", serial, err)
	}
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := customer(ctx, tx, customerID); err != nil {
			return fmt.Errorf("enroll %.64q: there is no customer %.64q", serial, customerID)
		}
		a, found, err := applianceOf(ctx, tx, serial)
		if err != nil {
			return err
		}
		moved := a.moved
		if found && a.Customer != customerID {
			moved = s.config.Now()
		}
		if found && (a.Customer != customerID || public != nil && a.Key != nil && !bytes.Equal(a.Key, public)) {
			if err := forget(ctx, tx, serial); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO appliance VALUES (?1, ?2, ?3, '', '[]', 0, 0, '', ?4, ?5)
			ON CONFLICT (serial) DO UPDATE SET customer = ?2, key = coalesce(?3, key), note = ?4, moved = ?5`, serial, customerID, public, note, store.Time(moved))
		return err
	})
}

// forget ends what an appliance was given. The files of its downloads are
// swept like all that nobody can resume.
func forget(ctx context.Context, tx *sql.Tx, serial string) error {
	for _, table := range []string{"session", "support_key", "download"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE serial = ?`, serial); err != nil {
			return fmt.Errorf("forget what %s was given: %w", serial, err)
		}
	}
	return nil
}

func parseKey(serial, key string) ([]byte, error) {
	if !naming.ID(serial) {
		return nil, errors.New("a serial number has letters, digits, dot, dash and underscore, 64 at most")
	}
	if key == "" {
		return nil, nil
	}
	if raw, err := hex.DecodeString(strings.TrimSpace(key)); err == nil && len(raw) == ed25519.PublicKeySize {
		return raw, nil
	}
	st, err := checkin.Parse(key)
	if err != nil {
		return nil, err
	}
	if st.Serial != serial {
		return nil, fmt.Errorf("the key was made by %s", st.Serial)
	}
	return st.Key, nil
}

// Appliances lists all appliances by serial.
func (s *Server) Appliances(ctx context.Context) ([]Appliance, error) {
	var out []Appliance
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+applianceColumns+` FROM appliance ORDER BY serial`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			a, err := scanAppliance(rows.Scan)
			if err != nil {
				return err
			}
			out = append(out, a)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list appliances: %w", err)
	}
	return out, nil
}

const applianceColumns = `serial, customer, key, hostname, installed, seen, checked, view, note, moved`

func scanAppliance(scan func(...any) error) (Appliance, error) {
	var a Appliance
	var key []byte
	var installed string
	var seen, checked, moved int64
	if err := scan(&a.Serial, &a.Customer, &key, &a.Hostname, &installed, &seen, &checked, &a.view, &a.Note, &moved); err != nil {
		return a, err
	}
	a.Key, a.Seen, a.Checked, a.moved = key, store.FromTime(seen), store.FromTime(checked), store.FromTime(moved)
	if err := json.Unmarshal([]byte(installed), &a.Installed); err != nil {
		return a, fmt.Errorf("appliance %s: %w", a.Serial, err)
	}
	return a, nil
}

// applianceOf finds an appliance; found is false if the serial is unknown.
func applianceOf(ctx context.Context, tx *sql.Tx, serial string) (a Appliance, found bool, err error) {
	a, err = scanAppliance(tx.QueryRowContext(ctx, `SELECT `+applianceColumns+` FROM appliance WHERE serial = ?`, serial).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	return a, err == nil, err
}
