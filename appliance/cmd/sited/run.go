// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/basectl"
	"understudy/appliance/revision"
	"understudy/appliance/site/schema"
	"understudy/web/gate"
	"understudy/web/login"
)

// grace is how long requests under way may take to end when the site stops:
// less than the supervisor waits before it kills.
const grace = 8 * time.Second

// run serves until ctx ends or based asks for an end. The control socket is
// there first, so that based can wait for what comes.
func run(ctx context.Context, o options, log *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &site{options: o, ready: make(chan struct{}), stop: cancel}
	if err := s.Reload(ctx); err != nil {
		return err
	}
	control, err := listen(o.control)
	if err != nil {
		return err
	}
	return s.live(ctx, control, log)
}

// live serves pages and answers based at control until either ends.
func (s *site) live(ctx context.Context, control net.Listener, log *slog.Logger) error {
	// Control outlives the pages, so that based sees the end of the site.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	var group errgroup.Group
	group.Go(func() error {
		defer s.stop() // a site that cannot be asked is started anew
		return basectl.Serve(life, control, s)
	})
	err := s.serve(ctx, log)
	end()
	return errors.Join(err, group.Wait())
}

// serve opens the database and answers requests until ctx ends.
func (s *site) serve(ctx context.Context, log *slog.Logger) error {
	db, err := schema.Open(ctx, s.options.data)
	if err != nil {
		return err
	}
	journal := audit.New(db, now)
	accounts := account.New(db, revision.New(db, now), journal, account.DefaultPolicy(), now)
	finish := func(err error) error {
		return errors.Join(err, journal.Flush(context.WithoutCancel(ctx)), db.Close())
	}
	if err := s.bootstrap(ctx, accounts); err != nil {
		return finish(err)
	}
	handler, err := s.handler(login.Services{Accounts: accounts, Audit: journal, Now: now, Facts: s.facts, Summary: s.summary}, log)
	if err != nil {
		return finish(err)
	}
	pages, err := listen(s.options.listen)
	if err != nil {
		return finish(err)
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(pages) }()
	s.opened(db, journal, accounts)
	select {
	case err = <-served:
	case <-ctx.Done():
		err = s.shutDown(server)
	}
	return finish(err)
}

// shutDown lets requests under way end.
func (s *site) shutDown(server *http.Server) error {
	s.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("ending requests: %w", err), server.Close())
	}
	return nil
}

// handler is everything that a request passes.
func (s *site) handler(services login.Services, log *slog.Logger) (http.Handler, error) {
	pages, err := login.New(services)
	if err != nil {
		return nil, fmt.Errorf("preparing the pages: %w", err)
	}
	g, err := pages.Gate(gate.Config{
		OnFailure: func(r *http.Request, reference string, cause any, stack []byte) {
			log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "reference", reference, "cause", cause, "stack", string(stack))
		},
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the gate: %w", err)
	}
	return login.Behind(s.freeze.Handler(pages, pages.Handler(g))), nil
}

// listen opens a unix socket; one that a dead program left behind gives way.
func listen(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("opening the socket %s: %w", path, err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the socket %s: %w", path, err)
	}
	return l, nil
}
