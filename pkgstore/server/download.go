// SPDX-License-Identifier: Apache-2.0

package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"understudy/appliance/store"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
	"understudy/pkgstore/trust"
)

// resumable is how long after its first byte a download can be resumed.
const resumable = 24 * time.Hour

var (
	errNoPackage = &Refusal{"no-package", "There is no such update for this appliance.", 404}
	errGone      = &Refusal{"downloaded", "This update was downloaded before. If you need it again, ask Support to reissue it.", 410}
	errLate      = &Refusal{"too-late", "This download began more than 24 hours ago and cannot be resumed any more. If you need it, ask Support to reissue it.", 410}
)

// download is an offline file on its way to a person: once, with a day to
// resume it.
type download struct {
	serial string
	item   item
	state  string // offered, running, done
	file   string
	size   int64
	first  time.Time
}

// refused says why the download cannot be had now, nil if it can: from its
// beginning, or, with resume, from where it was cut.
func (d download) refused(now time.Time, resume bool) error {
	switch {
	case d.state == "offered":
		return nil
	case d.state == "done" && (!resume || now.Sub(d.first) > resumable): // the last bytes may be lost on the wire
		return errGone
	case now.Sub(d.first) > resumable:
		return errLate
	}
	return nil
}

// choice is a row of what an appliance can download.
type choice struct {
	plan.Choice
	item   item
	resume bool // begun before
}

// choices lists what the appliance of a session can download, in the order in
// which it is installed.
func (s *Server) choices(ctx context.Context, in session) ([]choice, error) {
	v, err := s.view(ctx, in.customer, false)
	if err != nil {
		return nil, err
	}
	byName := map[string]item{}
	var offered []pack.Summary
	for _, it := range v.items {
		byName[nameOf(it.Summary)] = it
		offered = append(offered, it.Summary)
	}
	var out []choice
	for _, c := range plan.Choices(stateOf(in), offered) {
		if len(in.Installed) == 0 { // never heard of: Support made the key
			c.Installable, c.Reason = true, ""
		}
		it := byName[nameOf(c.Summary)]
		d, err := s.download(ctx, in.Serial, it)
		if err != nil {
			return nil, err
		}
		if d.refused(s.config.Now(), false) == nil {
			out = append(out, choice{Choice: c, item: it, resume: d.state != "offered"})
		}
	}
	turns := turnsOf(from(in, offered), offered)
	slices.SortStableFunc(out, func(a, b choice) int { return cmp.Compare(turns[a.item.Name], turns[b.item.Name]) })
	return out, nil
}

// turnsOf says of each package, by its name, how many installs it takes until it
// is installed.
func turnsOf(state plan.State, offered []pack.Summary) map[string]int {
	turns := map[string]int{}
	for _, p := range offered {
		path, err := plan.Path(state, offered, p.Release)
		var older *plan.Older
		turns[nameOf(p)] = len(path)
		if err != nil && !errors.As(err, &older) { // nothing on offer leads there
			turns[nameOf(p)] = math.MaxInt
		}
	}
	return turns
}

// from is what an appliance has installed. One that was never heard of is taken
// for the oldest that the packages on offer ask for.
func from(in session, offered []pack.Summary) plan.State {
	state := stateOf(in)
	if len(in.Installed) > 0 {
		return state
	}
	for _, p := range offered {
		for _, r := range p.Requires {
			has := &state.Base
			if r.Kind == pack.Site {
				has = &state.Site
			}
			if has.Version == "" || pack.CompareVersions(r.Min, has.Version) < 0 {
				*has = pack.Release{Kind: r.Kind, Version: r.Min}
			}
		}
	}
	return state
}

func stateOf(in session) plan.State {
	st := plan.State{Customer: in.customer.ID}
	for _, r := range in.Installed {
		switch r.Kind {
		case pack.Base:
			st.Base = r
		case pack.Site:
			st.Site = r
		case pack.License:
			st.License = r
		}
	}
	return st
}

// download reads the state of a download; offered is what has no row.
func (s *Server) download(ctx context.Context, serial string, it item) (download, error) {
	d := download{serial: serial, item: it, state: "offered"}
	var first int64
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		_, err := one(ctx, tx, `SELECT state, file, size, first FROM download WHERE serial = ? AND package = ? AND sha256 = ?`,
			[]any{serial, it.Name, it.SHA256[:]}, []any{&d.state, &d.file, &d.size, &first})
		return err
	})
	d.first = store.FromTime(first)
	return d, err
}

// find looks up the download of a package for a session, which may begin or go
// on now.
func (s *Server) find(ctx context.Context, in session, name string, resume bool) (view, download, error) {
	v, err := s.view(ctx, in.customer, false)
	if err != nil {
		return v, download{}, err
	}
	it, ok := v.items[name]
	if !ok {
		return v, download{}, errNoPackage
	}
	d, err := s.download(ctx, in.Serial, it)
	if err != nil {
		return v, d, err
	}
	return v, d, d.refused(s.config.Now(), resume)
}

// fetch opens the offline file of a package for a session, making it if the
// download has not begun.
func (s *Server) fetch(ctx context.Context, in session, name string, resume bool) (download, *os.File, error) {
	v, d, err := s.find(ctx, in, name, resume)
	if err == nil && d.state == "offered" {
		err = s.offer(ctx, v, &d)
	}
	if err != nil {
		return d, nil, err
	}
	f, err := os.Open(filepath.Join(s.config.Data, "offline", d.file))
	if err != nil {
		return d, nil, fmt.Errorf("open offline file of %s: %w", name, err)
	}
	return d, f, nil
}

// offer makes the offline file of a download that begins. It stays as it is for
// as long as the download can be resumed. Who leaves meanwhile has begun it all
// the same: his next try goes on with this file instead of making another one.
func (s *Server) offer(ctx context.Context, v view, d *download) error {
	if err := s.sweep(ctx); err != nil {
		return err
	}
	pkg, err := os.Open(d.item.path)
	if err != nil {
		return fmt.Errorf("make an offline file: %w", err)
	}
	defer pkg.Close()
	d.file = rand.Text() + ".offline"
	path := filepath.Join(s.config.Data, "offline", d.file)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("make an offline file: %w", err)
	}
	err = trust.WriteOffline(f, s.keys.Roots(), v.targets, d.item.Name, pkg)
	info, err2 := f.Stat()
	if err := errors.Join(err, err2, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("make an offline file: %w", err), os.Remove(path))
	}
	d.size, d.state, d.first = info.Size(), "running", s.config.Now()
	ctx = context.WithoutCancel(ctx)
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		// Of two that begin at once, both go on with one file.
		_, err := tx.ExecContext(ctx, `INSERT INTO download (serial, package, sha256, state, file, size, served, first, last, reissues)
			VALUES (?1, ?2, ?3, 'running', ?4, ?5, 0, ?6, ?6, 0)
			ON CONFLICT DO UPDATE SET state = 'running', file = ?4, size = ?5, served = 0, parts = '[]', first = ?6, last = ?6 WHERE state = 'offered'`,
			d.serial, d.item.Name, d.item.SHA256[:], d.file, d.size, store.Time(d.first))
		if err != nil {
			return err
		}
		_, err = one(ctx, tx, `SELECT file, size FROM download WHERE serial = ? AND package = ? AND sha256 = ?`,
			[]any{d.serial, d.item.Name, d.item.SHA256[:]}, []any{&d.file, &d.size})
		return err
	})
	if err != nil || filepath.Base(path) != d.file { // nobody would ever ask for it
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// served notes that bytes [from, to) of a download went out. It is done when
// all of them did, in whatever pieces and order.
func (s *Server) served(ctx context.Context, d download, from, to int64) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		var raw string
		found, err := one(ctx, tx, `SELECT parts FROM download WHERE serial = ? AND package = ? AND file = ? AND state <> 'offered'`,
			[]any{d.serial, d.item.Name, d.file}, []any{&raw})
		if err != nil || !found { // issued anew meanwhile
			return err
		}
		var sent parts
		if err := json.Unmarshal([]byte(raw), &sent); err != nil {
			return fmt.Errorf("read what of %s went out: %w", d.item.Name, err)
		}
		sent = sent.add(from, to)
		after, err := json.Marshal(sent)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE download SET last = ?1, served = ?2, parts = ?3, state = iif(?2 >= size, 'done', state)
			WHERE serial = ?4 AND package = ?5 AND file = ?6`,
			store.Time(s.config.Now()), sent.bytes(), string(after), d.serial, d.item.Name, d.file)
		return err
	})
}

// Reissue lets an appliance download a package again.
func (s *Server) Reissue(ctx context.Context, serial, name string) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE download SET state = 'offered', served = 0, parts = '[]', first = 0, reissues = reissues + 1
			WHERE serial = ? AND package = ?`, serial, name)
		return changed(res, err, fmt.Sprintf("reissue %.64q to %.64q", name, serial), errors.New("it was not downloaded there"))
	})
}

// Download is what became of a package on its way to an appliance.
type Download struct {
	Serial, Package, State string
	Served, Size           int64 // bytes
	First, Last            time.Time
	Reissues               int
}

// Downloads lists all downloads, the newest first.
func (s *Server) Downloads(ctx context.Context) ([]Download, error) {
	var out []Download
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT serial, package, state, served, size, first, last, reissues FROM download ORDER BY last DESC`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d Download
			var first, last int64
			if err := rows.Scan(&d.Serial, &d.Package, &d.State, &d.Served, &d.Size, &first, &last, &d.Reissues); err != nil {
				return err
			}
			d.First, d.Last = store.FromTime(first), store.FromTime(last)
			out = append(out, d)
		}
		return rows.Err()
	})
	return out, err
}

// Factory writes the offline file of a site package of a customer's, for the
// disk of an appliance that comes with it. It does not count as a download.
func (s *Server) Factory(ctx context.Context, id, version string, w io.Writer) error {
	var c Customer
	err := s.db.Read(ctx, func(tx *sql.Tx) (err error) {
		c, err = customer(ctx, tx, id)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("there is no customer %.64q", id)
	}
	if err != nil {
		return err
	}
	v, err := s.view(ctx, c, false)
	if err != nil {
		return err
	}
	for _, it := range v.items {
		if it.Kind != pack.Site || it.Version != version {
			continue
		}
		f, err := os.Open(it.path)
		if err != nil {
			return fmt.Errorf("make a factory's file: %w", err)
		}
		defer f.Close()
		if err := trust.WriteOffline(w, s.keys.Roots(), v.targets, it.Name, f); err != nil {
			return fmt.Errorf("make a factory's file: %w", err)
		}
		return nil
	}
	return fmt.Errorf("customer %s cannot have site %s: its program is not on the shelf, or it was denied", id, version)
}
