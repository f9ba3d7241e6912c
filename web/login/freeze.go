// SPDX-License-Identifier: Apache-2.0

package login

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"

	"understudy/web/gate"
)

// Freeze stands before the pages and ends writes on demand: requests that only
// look pass, others get 503 and the reason. The zero value lets all through.
type Freeze struct {
	mu      sync.Mutex
	reason  string        // empty: writes pass
	writes  int           // under way
	settled chan struct{} // closed when the last one has ended; nil: nobody waits
}

// Begin refuses writes from now on and returns when those under way have
// ended. If ctx ends first, writes pass again.
func (f *Freeze) Begin(ctx context.Context, reason string) error {
	f.mu.Lock()
	f.reason = reason
	if f.writes == 0 {
		f.mu.Unlock()
		return nil
	}
	if f.settled == nil {
		f.settled = make(chan struct{})
	}
	settled := f.settled
	f.mu.Unlock()
	select {
	case <-settled:
		return nil
	case <-ctx.Done():
		f.End()
		return ctx.Err()
	}
}

// End lets writes through again.
func (f *Freeze) End() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reason = ""
}

// Frozen reports whether writes are refused.
func (f *Freeze) Frozen() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reason != ""
}

func (f *Freeze) enter() (reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reason == "" {
		f.writes++
	}
	return f.reason
}

func (f *Freeze) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writes--
	if f.writes == 0 && f.settled != nil {
		close(f.settled)
		f.settled = nil
	}
}

// maxGathered is how much of a request is waited for before it counts as a
// write, in bytes: more than a stranger may send.
const maxGathered = 64 << 10

// gathered is a request whose body is here. A write lasts from then on, or a
// client that sends slowly would keep an update from ever beginning.
func gathered(r *http.Request) *http.Request {
	var b bytes.Buffer
	_, _ = io.CopyN(&b, r.Body, maxGathered) // an error is met again by whoever reads on
	whole := *r
	whole.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(&b, r.Body), r.Body}
	return &whole
}

// Handler puts the freeze before next; p renders the refusal.
func (f *Freeze) Handler(p *Pages, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		r = gathered(r)
		if reason := f.enter(); reason != "" {
			gate.Headers(w.Header(), gate.PageCSP)
			w.Header().Set("Retry-After", "10")
			p.Problem(w, r, gate.Problem{Status: http.StatusServiceUnavailable, Code: "read-only", Title: "Nothing can be changed right now", Text: reason})
			return
		}
		defer f.leave()
		next.ServeHTTP(w, r)
	})
}
