// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"understudy/appliance/store"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
)

// Customer is whom appliances belong to.
type Customer struct {
	ID             string // letters, digits, dot, dash, underscore
	Name           string
	Hostname       string // of the customer's site
	Licenses       int
	LicenseExpires time.Time // zero: never
	Maintenance    time.Time // end of maintenance
	Roots          []byte    // certificates in PEM that the clients of his site trust, at most 256 KiB; nil: those of its version
	addon          int       // version of the newest licence add-on, 0: none
	changed        time.Time
}

var errExists = errors.New("there is a customer with this ID already")

// AddCustomer adds a customer. Of his trust store only the certificates are
// kept, and one that holds anything else in PEM is refused. Times are cut to whole seconds.
func (s *Server) AddCustomer(ctx context.Context, c Customer) error {
	if err := c.pack().Check(); err != nil {
		return fmt.Errorf("add customer %.64q: %w", c.ID, err)
	}
	if c.Roots != nil {
		var err error
		if c.Roots, err = catalogue.TrustStore(c.Roots); err != nil {
			return fmt.Errorf("add customer %.64q: %w", c.ID, err)
		}
	}
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO customer (`+customerColumns+`) VALUES (?, ?, ?, ?, ?, 0, 0, ?, ?)`,
			c.ID, c.Name, c.Hostname, c.Licenses, store.Time(c.LicenseExpires), store.Time(c.Maintenance), c.Roots)
		return changed(res, err, "add customer "+c.ID, errExists)
	})
}

// SetLicenses changes a customer's licences: appliances are offered an add-on
// that brings them, and site packages have them from now on.
func (s *Server) SetLicenses(ctx context.Context, id string, licenses int, expires time.Time) error {
	c := Customer{ID: id, Hostname: "example.com", Licenses: licenses, LicenseExpires: expires}
	if err := c.pack().Check(); err != nil {
		return fmt.Errorf("set licences of %.64q: %w", id, err)
	}
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE customer SET licenses = ?, license_expires = ?, license_changes = license_changes + 1,
			license_changed = ? WHERE id = ?`, licenses, store.Time(expires), store.Time(s.config.Now()), id)
		return changed(res, err, "set licences of "+id, errors.New("there is no such customer"))
	})
}

// Customers lists all customers by ID.
func (s *Server) Customers(ctx context.Context) ([]Customer, error) {
	var out []Customer
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+customerColumns+` FROM customer ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			c, err := scanCustomer(rows.Scan)
			if err != nil {
				return err
			}
			out = append(out, c)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list customers: %w", err)
	}
	return out, nil
}

const customerColumns = `id, name, hostname, licenses, license_expires, license_changes, license_changed, maintenance, roots`

func scanCustomer(scan func(...any) error) (Customer, error) {
	var c Customer
	var expires, at, maintenance int64
	err := scan(&c.ID, &c.Name, &c.Hostname, &c.Licenses, &expires, &c.addon, &at, &maintenance, &c.Roots)
	c.LicenseExpires, c.changed, c.Maintenance = store.FromTime(expires), store.FromTime(at), store.FromTime(maintenance)
	return c, err
}

func customer(ctx context.Context, tx *sql.Tx, id string) (Customer, error) {
	return scanCustomer(tx.QueryRowContext(ctx, `SELECT `+customerColumns+` FROM customer WHERE id = ?`, id).Scan)
}

// pack is the customer as packages name him.
func (c Customer) pack() *pack.Customer {
	p := &pack.Customer{ID: c.ID, Hostname: c.Hostname, Licenses: c.Licenses}
	if !c.LicenseExpires.IsZero() {
		p.Expires = c.LicenseExpires.UTC().Truncate(time.Second)
	}
	return p
}

// changed turns a statement that met no row into an error.
func changed(res sql.Result, err error, what string, none error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("%s: %w", what, errors.Join(none, err))
	}
	return nil
}
