// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// A writer every 10 ms while a bad site comes and goes: every acknowledged
// write is there afterwards, and writes are taken again soon after the failure
// is known. How long the old site refuses them is in the log of the test.
func TestAWriterThroughABadSite(t *testing.T) {
	const soon = 5 * time.Second // beyond the time that the new site has to get ready
	for _, c := range []struct{ name, program string }{
		{"crashes", migrates + "exit 3\n"},
		{"is never ready", migrates + "exec sleep 600\n"},
		{"fails its migration", "#!/bin/sh\nexit 1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBox(t)
			b.mustInstall(packaged(t, "12.1.4", ""))
			writer := b.browser()
			bad := packaged(t, "12.2.0", c.program)
			b.config.Ready = time.Second
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
					longest = max(longest, time.Since(begun)-since)
					if over && time.Since(begun)-since > soon+b.config.Ready {
						t.Fatalf("no write for %v", time.Since(begun)-since)
					}
				default:
					t.Fatalf("write %d: %d", i, got) // not even the session has ended
				}
			}
			t.Logf("writes stopped for %v, %d refused, %d acknowledged", longest, refused, len(acknowledged))
			if refused == 0 || longest > soon+b.config.Ready {
				t.Errorf("writes stopped for %v, %d were refused", longest, refused)
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
