// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"understudy/appliance/base/boot"
)

// alivePeriod is how often the box proves to itself that it works. It must be
// well below every health deadline.
const alivePeriod = 3 * time.Second

// proofLimit is how long a proof may take. One under way for longer is no proof
// any more, and the one before it has had its time.
const proofLimit = 2 * alivePeriod

// alive proves that the box does its work: the front door answers over TLS and
// both databases can be read. Each proof is passed on to the supervisor, who
// feeds the watchdog with it.
type alive struct {
	link   *boot.Link
	stores stores
	log    *slog.Logger
	ok     atomic.Bool
	tried  chan struct{} // closed after the first proof, whatever came of it, and when it takes too long
}

// run proves and reports until ctx ends. It returns an error when the
// supervisor is gone.
func (a *alive) run(ctx context.Context) error {
	client := &http.Client{Timeout: alivePeriod, Transport: &http.Transport{
		// The box asks itself over the loopback interface: whose certificate
		// this is matters to others.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	tick := time.NewTicker(alivePeriod)
	defer tick.Stop()
	first := sync.OnceFunc(func() { close(a.tried) })
	for {
		late := time.AfterFunc(proofLimit, func() {
			a.ok.Store(false)
			a.log.Error("the box is not healthy", "error", "it has not proven for "+proofLimit.String()+" that it is")
			first()
		})
		err := a.prove(ctx, client)
		late.Stop()
		a.ok.Store(err == nil)
		first()
		switch {
		case err != nil && ctx.Err() == nil:
			a.log.Error("the box is not healthy", "error", err)
		case err == nil:
			if err := a.link.Healthy(ctx); err != nil {
				return fmt.Errorf("telling the supervisor that all is well: %w", err)
			}
		}
		select {
		case <-tick.C:
		case <-a.link.Lost():
			return fmt.Errorf("the supervisor is gone")
		case <-ctx.Done():
			return nil
		}
	}
}

func (a *alive) prove(ctx context.Context, client *http.Client) error {
	for name, db := range map[string]interface {
		Read(context.Context, func(*sql.Tx) error) error
	}{"configuration": a.stores.base, "records": a.stores.journal} {
		err := db.Read(ctx, func(tx *sql.Tx) error {
			var version int
			return tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
		})
		if err != nil {
			return fmt.Errorf("reading the %s database: %w", name, err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://127.0.0.1/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("asking the front door: %w", err)
	}
	defer resp.Body.Close()
	// Any answer will do: what /healthz says is what this very proof decides.
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<10))
	return err
}
