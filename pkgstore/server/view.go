// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

// view is what a customer's appliances may have, by name, and its signed
// metadata.
type view struct {
	*trust.Publisher
	items   map[string]item
	targets []byte // signed metadata of just these items
}

// view brings a customer's view up to date: builds what is missing, signs what
// has changed. Anew signs in any case, for an appliance that comes from another
// view and must not be taken back in time.
func (s *Server) view(ctx context.Context, c Customer, anew bool) (view, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items, err := s.offered(ctx, c)
	if err != nil {
		return view{}, fmt.Errorf("view of customer %s: %w", c.ID, err)
	}
	v := view{Publisher: s.views[c.ID], items: map[string]item{}}
	if v.Publisher == nil {
		if v.Publisher, err = trust.OpenPublisher(s.keys, filepath.Join(s.config.Data, "views", c.ID)); err != nil {
			return view{}, fmt.Errorf("view of customer %s: %w", c.ID, err)
		}
		s.views[c.ID] = v.Publisher
	}
	var targets []trust.Target
	for _, it := range items {
		v.items[it.Name] = it
		targets = append(targets, it.Target)
	}
	if err := v.Publish(targets, s.config.Now(), anew); err != nil {
		return view{}, fmt.Errorf("view of customer %s: %w", c.ID, err)
	}
	v.targets = v.Targets()
	return v, nil
}

// offered lists what a customer may have.
func (s *Server) offered(ctx context.Context, c Customer) ([]item, error) {
	allowed, err := s.entitlements(ctx, c)
	if err != nil {
		return nil, err
	}
	bases, err := s.shelf.bases()
	if err != nil {
		return nil, err
	}
	var out []item
	for _, it := range bases {
		if allowed(it.Summary) {
			out = append(out, it)
		}
	}
	recipes, err := s.shelf.sites(c.pack())
	if err != nil {
		return nil, err
	}
	if c.Roots != nil {
		for i := range recipes {
			recipes[i].roots = c.Roots
		}
	}
	if r, ok := addon(c); ok {
		recipes = append(recipes, r)
	}
	for _, r := range recipes {
		if !allowed(r.summary) {
			continue
		}
		it, err := s.build(ctx, c, r)
		if err != nil {
			return nil, err
		}
		out = append(out, it)
	}
	return out, nil
}

// entitlements gives the rule of what a customer may have: what was built while
// he had maintenance, but for his exceptions.
func (s *Server) entitlements(ctx context.Context, c Customer) (func(pack.Summary) bool, error) {
	exceptions := map[[2]string]bool{}
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT kind, version, allowed FROM entitlement WHERE customer = ?`, c.ID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var kind, version string
			var allowed bool
			if err := rows.Scan(&kind, &version, &allowed); err != nil {
				return err
			}
			exceptions[[2]string{kind, version}] = allowed
		}
		return rows.Err()
	})
	return func(p pack.Summary) bool {
		if allowed, ok := exceptions[[2]string{string(p.Kind), p.Version}]; ok {
			return allowed
		}
		return p.Built.Before(c.Maintenance)
	}, err
}

// Entitle makes an exception: a customer may have a release whenever it was
// built, or may not have it at all.
func (s *Server) Entitle(ctx context.Context, id string, r pack.Release, allowed bool) error {
	if err := r.Check(); err != nil {
		return fmt.Errorf("entitle %.64q: %w", id, err)
	}
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO entitlement SELECT id, ?, ?, ? FROM customer WHERE id = ?`, string(r.Kind), r.Version, allowed, id)
		return changed(res, err, "entitle "+id, errors.New("there is no such customer"))
	})
}

// build gives a customer's package, building it unless it was built from the
// same parts before.
func (s *Server) build(ctx context.Context, c Customer, r recipe) (item, error) {
	it := item{Target: trust.Target{Name: nameOf(r.summary), Summary: r.summary, EULA: r.entry.EULA}}
	want, err := r.hash()
	if err != nil {
		return item{}, err
	}
	var have, sum []byte
	err = s.db.Read(ctx, func(tx *sql.Tx) error {
		_, err := one(ctx, tx, `SELECT recipe, sha256, length FROM built WHERE customer = ? AND name = ?`, []any{c.ID, it.Name}, []any{&have, &sum, &it.Length})
		return err
	})
	if err != nil {
		return item{}, err
	}
	if len(sum) == len(it.SHA256) && bytes.Equal(have, want) {
		it.SHA256, it.path = [32]byte(sum), s.builtPath([32]byte(sum))
		if info, err := os.Stat(it.path); err == nil && info.Size() == it.Length {
			return it, nil
		}
	}
	if err := s.write(&it, r); err != nil {
		return item{}, err
	}
	return it, s.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO built VALUES (?, ?, ?, ?, ?)`, c.ID, it.Name, want, it.SHA256[:], it.Length)
		return err
	})
}

// write writes a package to its place, which its content names.
func (s *Server) write(it *item, r recipe) error {
	f, err := os.CreateTemp(filepath.Join(s.config.Data, "built"), "new-*")
	if err != nil {
		return fmt.Errorf("build %s: %w", r.summary.Name, err)
	}
	defer os.Remove(f.Name()) // does nothing once it has its name
	it.Length, it.SHA256, err = r.entry.Write(f, r.summary, r.program, r.roots)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("build %s: %w", r.summary.Name, err)
	}
	it.path = s.builtPath(it.SHA256)
	if err := os.Rename(f.Name(), it.path); err != nil {
		return fmt.Errorf("build %s: %w", r.summary.Name, err)
	}
	return nil
}

func (s *Server) builtPath(sum [32]byte) string {
	return filepath.Join(s.config.Data, "built", fmt.Sprintf("%x.pkg", sum))
}
