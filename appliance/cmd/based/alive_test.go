// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"understudy/appliance/base/boot"
)

// A proof that does not come to an end is none: a version on trial would be
// kept for the one before it.
func TestAProofThatHangsIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, t.TempDir())
		ctx, stop := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer stop()
		for range 16 { // more than there are readers
			go s.base.Read(ctx, func(*sql.Tx) error { <-ctx.Done(); return nil })
		}
		synctest.Wait()
		a := &alive{link: &boot.Link{}, stores: s, log: slog.New(slog.DiscardHandler), tried: make(chan struct{})}
		a.ok.Store(true) // the proof before this one
		go a.run(ctx)
		time.Sleep(3 * alivePeriod)
		if a.ok.Load() {
			t.Error("the box counts as fit")
		}
		select {
		case <-a.tried:
		default:
			t.Error("what waits for the first proof waits for ever")
		}
	})
}
