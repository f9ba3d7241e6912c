// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
	"understudy/pkgstore/pack"
)

// Agreement is a licence agreement that somebody accepted.
type Agreement struct {
	N       int64  // its number: a later one has a greater one
	Package string // display name
	Version string
	SHA256  string // of the package, in hexadecimal digits
	Text    string
	By      audit.Actor // name and address
	At      time.Time
}

// License returns the licence agreement of a package that is ready; "" if it
// has none, as Base software.
func (s *Service) License(ctx context.Context, r Ready) (string, error) {
	if r.Kind == pack.Base {
		return "", nil
	}
	opened, file, err := s.open(ctx, r)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return opened.EULA(ctx)
}

// agree writes down who accepted what, before the first byte is installed: each
// time, since it is a statement of its own.
func (s *Service) agree(ctx context.Context, by audit.Actor, c Candidate) error {
	if c.Agreement == "" {
		return nil
	}
	err := s.Journal.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO update_agreement (package, version, sha256, text, by_name, by_addr, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			c.Name, c.Version, c.ID, c.Agreement, by.Name, by.Address, store.Time(s.Now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("write down that the licence agreement was accepted: %w", err)
	}
	return s.Audit.Append(ctx, by, audit.Entry{Action: "updates.license", Object: c.Name, Outcome: audit.Accepted, Detail: "sha256 " + c.ID})
}

// Agreements lists what was accepted, the newest first: at most limit of those
// before the one with the number before, or of all if that is 0.
func (s *Service) Agreements(ctx context.Context, before int64, limit int) (all []Agreement, err error) {
	err = s.Journal.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT n, package, version, sha256, text, by_name, by_addr, at
			FROM update_agreement WHERE ?1 <= 0 OR n < ?1 ORDER BY n DESC LIMIT ?2`, before, min(limit, 1000))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var a Agreement
			var at int64
			if err := rows.Scan(&a.N, &a.Package, &a.Version, &a.SHA256, &a.Text, &a.By.Name, &a.By.Address, &at); err != nil {
				return err
			}
			a.At = store.FromTime(at)
			all = append(all, a)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read what was accepted: %w", err)
	}
	return all, nil
}
