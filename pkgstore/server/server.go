// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"understudy/appliance/store"
	"understudy/pkgstore/trust"
)

// Config is what a server is made with.
type Config struct {
	Data      string           // directory of its database, keys and built packages
	Packages  string           // directory of what it offers, see shelf; empty: Data/packages
	Open      bool             // unknown serials join the customer DefaultCustomer
	Lifetimes trust.Lifetimes  // of signed metadata
	Now       func() time.Time // nil: time.Now
}

// DefaultCustomer is the ID of whom unknown appliances belong to in open mode.
const DefaultCustomer = "default"

// Server is the update server's domain over its data directory. Several may be
// open on one directory (a command beside the running server), but one only
// may serve HTTP. It is safe for concurrent use.
type Server struct {
	config Config
	db     *store.DB
	keys   *trust.Keys
	shelf  *shelf

	mu    sync.Mutex // of views and of building
	views map[string]*trust.Publisher
}

// Open opens the data directory, making it, its database and its signing keys
// at first.
func Open(ctx context.Context, c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Packages == "" {
		c.Packages = filepath.Join(c.Data, "packages")
	}
	for _, dir := range []string{c.Data, c.Packages, filepath.Join(c.Data, "built"), filepath.Join(c.Data, "offline")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("open update server: %w", err)
		}
	}
	// Two that open a new directory at once, the server and a command beside it,
	// must not each make keys and tables.
	unlock, err := lock(filepath.Join(c.Data, "lock"))
	if err != nil {
		return nil, fmt.Errorf("open update server: %w", err)
	}
	defer unlock()
	keys, err := trust.OpenKeys(filepath.Join(c.Data, "keys.json"), c.Lifetimes, c.Now())
	if err != nil {
		return nil, fmt.Errorf("open update server: %w", err)
	}
	db, err := store.Open(ctx, filepath.Join(c.Data, "server.db"), migrations)
	if err != nil {
		return nil, fmt.Errorf("open update server: %w", err)
	}
	s := &Server{config: c, db: db, keys: keys, shelf: newShelf(c.Packages), views: map[string]*trust.Publisher{}}
	if c.Open {
		if err := s.addDefault(ctx); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return s, nil
}

// lock waits until no other process holds the file path.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// Close closes the database. Handlers must have ended.
func (s *Server) Close() error { return s.db.Close() }

// Root gives the newest root metadata, for the seed's update.trust_root.
func (s *Server) Root() []byte {
	roots := s.keys.Roots()
	return roots[len(roots)-1]
}

// addDefault makes the customer of open mode.
func (s *Server) addDefault(ctx context.Context) error {
	err := s.AddCustomer(ctx, Customer{
		ID: DefaultCustomer, Name: "Default", Hostname: "support.example.com", Licenses: 10,
		Maintenance: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	if errors.Is(err, errExists) {
		return nil
	}
	return err
}

// one reads the one row of a query; found is false if there is none.
func one(ctx context.Context, tx *sql.Tx, query string, args, into []any) (found bool, err error) {
	err = tx.QueryRowContext(ctx, query, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
