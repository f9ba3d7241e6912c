// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A writer every 10 ms while a bad site comes and goes: every acknowledged
// write is there afterwards, and writes are taken again after the failure. How
// long the old site refuses them is in the log of the test: it depends on the
// machine. The bad site fails only once a write was refused.
func TestAWriterThroughABadSite(t *testing.T) {
	for _, c := range []struct {
		name, migration, program string
		ready                    time.Duration // 0: as long as any site
	}{
		{"crashes", "exit 0", "exit 3", 0},
		{"is never ready", "exit 0", "exec sleep 600", time.Second},
		{"fails its migration", "exit 1", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBox(t)
			b.mustInstall(packaged(t, "12.1.4", ""))
			writer := b.browser()
			fifo, met := signalled(t)
			bad := packaged(t, "12.2.0", fmt.Sprintf("#!/bin/sh\n[ \"$1\" = -migrate-only ] && read met <%s && %s\n%s\n", fifo, c.migration, c.program))
			b.config.Ready = cmp.Or(c.ready, b.config.Ready)
			result := make(chan error, 1)
			go func() { result <- b.install(bad) }()

			var acknowledged []string
			var refused int
			var since, longest time.Duration
			var over bool
			begun := time.Now()
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for i, after := 0, 0; after < 10; i++ {
				<-tick.C
				select {
				case err := <-result:
					if over = true; err == nil {
						t.Fatal("the bad site is installed")
					}
				default:
				}
				name := fmt.Sprintf("writer %d", i)
				switch got := writer.post("/login/my-account/name", "display-name", name); got {
				case http.StatusSeeOther:
					acknowledged, since = append(acknowledged, name), time.Since(begun)
					if over {
						after++
					}
				case http.StatusServiceUnavailable:
					refused++
					met()
					longest = max(longest, time.Since(begun)-since)
					if over && time.Since(begun)-since > patience {
						t.Fatalf("no write for %v", time.Since(begun)-since)
					}
				default:
					t.Fatalf("write %d: %d", i, got) // not even the session has ended
				}
			}
			t.Logf("writes stopped for %v, %d refused, %d acknowledged", longest, refused, len(acknowledged))
			if refused == 0 {
				t.Error("no write was refused: the test has seen nothing")
			}
			b.runs("12.1.4")
			there := b.written()
			for _, name := range acknowledged {
				if !slices.Contains(there, name) {
					t.Errorf("%q was acknowledged and is lost", name)
				}
			}
		})
	}
}

// signalled is a pipe with a name, from which a program can read a line once the
// test has called met.
func signalled(t *testing.T) (fifo string, met func()) {
	t.Helper()
	fifo = filepath.Join(t.TempDir(), "met")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := os.OpenFile(fifo, os.O_RDWR, 0) // whoever opens only one end waits for the other
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return fifo, sync.OnceFunc(func() { fmt.Fprintln(w, "met") })
}
