// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

// ErrNoTrust means that the box was never told whom to trust for updates.
var ErrNoTrust = errors.New("this appliance knows no update server: give it a seed with the server's trust root, and reset it to its factory state")

// ErrNotReady means that there is no such package on this box.
var ErrNotReady = errors.New("this package is not on the appliance any more: upload or download it again")

// Ready is a package that lies on the box, verified, and can be installed.
type Ready struct {
	ID     string // hexadecimal SHA-256 of the package
	Length int64
	pack.Summary
	Origin string // "upload" or "download"
	By     string
	At     time.Time
}

// Upload takes an update file from r (guide: Manual Installation): it verifies
// whom it is from, what it is for and that every byte is right, and keeps the
// package. Nothing of a refused file stays. The error is a *trust.Error, one of
// package plan's, or ErrNoTrust if the file is not to be had; waiveExpiry
// accepts metadata that has expired.
func (s *Service) Upload(ctx context.Context, by audit.Actor, r io.Reader, waiveExpiry bool) (Ready, error) {
	ready, err := s.upload(ctx, by, r, waiveExpiry)
	entry := audit.Entry{Action: "updates.upload", Object: ready.Name, Outcome: audit.OK, Detail: "sha256 " + ready.ID}
	if waiveExpiry {
		entry.Detail += "; expiry of the metadata was waived"
	}
	if err != nil {
		entry.Outcome, entry.Detail = "refused", err.Error()
	}
	return ready, errors.Join(err, s.Audit.Append(ctx, by, entry))
}

func (s *Service) upload(ctx context.Context, by audit.Actor, r io.Reader, waiveExpiry bool) (Ready, error) {
	trusted, err := s.Trust()
	if err != nil {
		return Ready{}, err
	}
	target, body, err := trust.OpenOffline(r, trusted, s.Now(), waiveExpiry)
	if err != nil {
		return Ready{}, noUpdateFile(err)
	}
	ready := Ready{ID: hex.EncodeToString(target.SHA256[:]), Length: target.Length, Summary: target.Summary, Origin: "upload", By: by.Name, At: s.Now()}
	state, err := s.installed(ctx)
	if err != nil {
		return ready, err
	}
	if err := fits(state, target.Summary); err != nil {
		return ready, err
	}
	return ready, s.keep(ctx, ready, target.EULA, body)
}

// keep stores a package that is being read. It has its name only once it is
// whole, its hash was right and it was understood. agreement is what was signed
// to be its licence agreement; "" if nothing was.
func (s *Service) keep(ctx context.Context, ready Ready, agreement string, body io.Reader) error {
	if err := s.room(ready.Name, ready.Length); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.path("incoming"), "package-*")
	if err != nil {
		return fmt.Errorf("keep the package: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()); _ = f.Close() }()
	arriving := &source{r: withContext(ctx, body)}
	switch _, err := io.Copy(f, arriving); {
	case arriving.err != nil: // it says itself what is wrong with the file, or its sending
		return arriving.err
	case err != nil:
		return filled(ready.Name, fmt.Errorf("keep the package: %w", err))
	}
	if err := f.Sync(); err != nil {
		return filled(ready.Name, fmt.Errorf("keep the package: %w", err))
	}
	return s.admit(ctx, ready, agreement, f)
}

// admit makes a whole file whose hash was right, and which is on the disk, one
// of the packages of the box, unless it is not understood.
func (s *Service) admit(ctx context.Context, ready Ready, agreement string, f *os.File) error {
	p, err := pack.Open(f, ready.Length)
	if err != nil {
		return err
	}
	if !p.Summary().Equal(ready.Summary) {
		return &pack.FormatError{Problem: "its manifest differs from what was signed for"}
	}
	text, err := p.EULA(ctx)
	if err != nil {
		return err
	}
	if agreement != "" && text != agreement {
		return &pack.FormatError{Problem: "its licence agreement differs from what was signed for"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.Ready(ctx, ready.ID)
	isNew := errors.Is(err, ErrNotReady)
	if err != nil && !isNew {
		return err
	}
	path := s.path("packages", ready.ID)
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("keep the package: %w", err)
	}
	if err = syncDir(s.path("packages")); err == nil {
		err = s.remember(ctx, ready)
	}
	if err == nil {
		return nil
	}
	err = fmt.Errorf("keep the package: %w", err)
	if isNew { // without its row nobody would find it, or remove it
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// dropNameless removes packages without a row: the power went between a file's
// name and its row, and nobody would find it. Nothing else may use the packages
// meanwhile.
func (s *Service) dropNameless(ctx context.Context) error {
	all, err := s.AllReady(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, r := range all {
		known[r.ID] = true
	}
	files, err := os.ReadDir(s.path("packages"))
	for _, f := range files {
		if !known[f.Name()] {
			err = errors.Join(err, os.Remove(s.path("packages", f.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("remove packages that nobody knows: %w", err)
	}
	return nil
}

func (s *Service) remember(ctx context.Context, r Ready) error {
	summary, err := json.Marshal(r.Summary)
	if err != nil {
		return fmt.Errorf("keep the package: %w", err)
	}
	return s.Journal.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT OR REPLACE INTO update_ready (sha256, length, summary, origin, by_name, at) VALUES (?, ?, ?, ?, ?, ?)`,
			r.ID, r.Length, string(summary), r.Origin, r.By, store.Time(r.At))
		return err
	})
}

// Ready returns the package with this id. ErrNotReady if there is none.
func (s *Service) Ready(ctx context.Context, id string) (Ready, error) {
	all, err := s.ready(ctx, `WHERE sha256 = ?`, id)
	if err == nil && len(all) == 0 {
		err = ErrNotReady
	}
	if err != nil {
		return Ready{}, err
	}
	return all[0], nil
}

// AllReady returns the packages that lie on the box, the newest first.
func (s *Service) AllReady(ctx context.Context) ([]Ready, error) {
	return s.ready(ctx, `ORDER BY at DESC`)
}

func (s *Service) ready(ctx context.Context, which string, args ...any) (all []Ready, err error) {
	err = s.Journal.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT sha256, length, summary, origin, by_name, at FROM update_ready `+which, args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var r Ready
			var summary string
			var at int64
			if err := rows.Scan(&r.ID, &r.Length, &summary, &r.Origin, &r.By, &at); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(summary), &r.Summary); err != nil {
				return fmt.Errorf("summary of package %s: %w", r.ID, err)
			}
			r.At = store.FromTime(at)
			all = append(all, r)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("look for packages on the box: %w", err)
	}
	return all, nil
}

// Discard removes a package from the box.
func (s *Service) Discard(ctx context.Context, by audit.Actor, id string) error {
	r, err := s.Ready(ctx, id)
	if err != nil {
		return err
	}
	if err := s.forget(ctx, id); err != nil {
		return err
	}
	return s.Audit.Append(ctx, by, audit.Entry{Action: "updates.discard", Object: r.Name, Outcome: audit.OK, Detail: "sha256 " + id})
}

func (s *Service) forget(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.Journal.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM update_ready WHERE sha256 = ?`, id)
		return err
	})
	if err == nil {
		err = os.Remove(s.path("packages", id))
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove package %s: %w", id, err)
	}
	return nil
}
