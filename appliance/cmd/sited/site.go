// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/basectl"
	"understudy/appliance/store"
	"understudy/pkgstore/pack"
	"understudy/web/login"
)

// maxSummary bounds the file with the package's summary, in bytes.
const maxSummary = 64 << 10

// site is what based can ask for. Before opened it has no database.
type site struct {
	options  options
	ready    chan struct{} // closed when pages are served
	stop     context.CancelFunc
	stopping atomic.Bool
	freeze   login.Freeze

	db      *store.DB  // set before ready is closed
	journal *audit.Log // the same

	accounts *account.Accounts // the same

	mu     sync.Mutex
	told   basectl.Facts
	loaded pack.Summary
}

var _ basectl.Site = (*site)(nil)

// opened says that the site serves.
func (s *site) opened(db *store.DB, journal *audit.Log, accounts *account.Accounts) {
	s.db, s.journal, s.accounts = db, journal, accounts
	close(s.ready)
}

func (s *site) facts() basectl.Facts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told
}

func (s *site) summary() pack.Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loaded
}

// SetFacts keeps what based says of the box.
func (s *site) SetFacts(_ context.Context, f basectl.Facts) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = f
	return nil
}

// Ready waits until pages are served.
func (s *site) Ready(ctx context.Context) error {
	select {
	case <-s.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Status says what the site is and does.
func (s *site) Status(ctx context.Context) (basectl.Status, error) {
	summary := s.summary()
	status := basectl.Status{State: basectl.Running, Version: summary.Version, Tree: summary.Tree, Build: summary.Build}
	select {
	case <-s.ready:
		signedIn, err := s.accounts.Sessions(ctx)
		if err != nil {
			return status, err
		}
		status.Sessions = len(signedIn)
	default:
		status.State = basectl.Starting
	}
	switch {
	case s.stopping.Load():
		status.State = basectl.Stopping
	case s.freeze.Frozen():
		status.State = basectl.ReadOnly
	}
	return status, nil
}

// ReadOnly ends writes.
func (s *site) ReadOnly(ctx context.Context, reason string) error {
	if err := s.Ready(ctx); err != nil {
		return err
	}
	if err := s.freeze.Begin(ctx, reason); err != nil {
		return fmt.Errorf("waiting for writes to end: %w", err)
	}
	return nil
}

// Writable lets writes through again.
func (s *site) Writable(context.Context) error {
	s.freeze.End()
	return nil
}

// Copy writes what is to be migrated.
func (s *site) Copy(ctx context.Context) error {
	if err := s.Ready(ctx); err != nil {
		return err
	}
	if err := s.journal.Flush(ctx); err != nil {
		return err
	}
	return s.db.Copy(ctx, filepath.Join(s.options.data, basectl.CopyName))
}

// Reload reads the summary of the package again.
func (s *site) Reload(context.Context) error {
	f, err := os.Open(s.options.summary)
	if err != nil {
		return fmt.Errorf("reading the package's summary: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSummary+1))
	if err != nil {
		return fmt.Errorf("reading the package's summary: %w", err)
	}
	if len(b) > maxSummary {
		return fmt.Errorf("reading the package's summary %s: it is larger than %d bytes", s.options.summary, maxSummary)
	}
	var summary pack.Summary
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&summary); err != nil {
		return fmt.Errorf("reading the package's summary %s: %w", s.options.summary, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the package's summary %s: something follows it", s.options.summary)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded = summary
	return nil
}

// Stop begins the end.
func (s *site) Stop(context.Context) error {
	s.stopping.Store(true)
	s.stop()
	return nil
}
