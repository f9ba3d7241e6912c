// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"understudy/appliance/store"
)

// sweep removes offline files that nobody can resume any more, and built
// packages that others have replaced. Files of the last day stay: they may be
// in the making, or on their way.
func (s *Server) sweep(ctx context.Context) error {
	since := s.config.Now().Add(-resumable)
	keep := map[string]bool{}
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT 'offline/' || file FROM download WHERE state <> 'offered' AND first >= ?
			UNION ALL SELECT 'built/' || lower(hex(sha256)) || '.pkg' FROM built`, store.Time(since))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var file string
			if err := rows.Scan(&file); err != nil {
				return err
			}
			keep[file] = true
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("sweep old files: %w", err)
	}
	for _, dir := range []string{"offline", "built"} {
		if err := s.sweepDir(dir, keep, since); err != nil {
			return fmt.Errorf("sweep old files: %w", err)
		}
	}
	return nil
}

func (s *Server) sweepDir(dir string, keep map[string]bool, since time.Time) error {
	entries, err := os.ReadDir(filepath.Join(s.config.Data, dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if keep[dir+"/"+e.Name()] || err != nil || info.ModTime().After(since) {
			continue
		}
		if err := os.Remove(filepath.Join(s.config.Data, dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
