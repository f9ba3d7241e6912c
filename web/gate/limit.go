// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/httprate"
)

// slots caps how much of a kind is under way. Whoever finds none is refused
// at once: a queue would only move the memory somewhere else.
type slots chan struct{}

func (s slots) take() bool {
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

func (s slots) give() { <-s }

// attempts counts calls of limited routes per client address; an IPv6 client
// counts with its /64.
type attempts struct {
	limiter *httprate.RateLimiter
	now     func() time.Time

	mu   sync.Mutex
	told map[string]time.Time // when an address was last reported
}

func newAttempts(perMinute int, now func() time.Time) *attempts {
	return &attempts{
		limiter: httprate.NewRateLimiter(perMinute, time.Minute, httprate.WithResponseHeaders(httprate.ResponseHeaders{})),
		now:     now,
		told:    make(map[string]time.Time),
	}
}

// over counts one call and reports whether it is one too many, and whether it
// is the first such of this address within a minute: the audit log is told of
// a flood once, not a thousand times.
func (a *attempts) over(w http.ResponseWriter, r *http.Request) (over, first bool) {
	address, _, _ := strings.Cut(Address(r), "%") // one of the link names its interface
	key := httprate.CanonicalizeIP(address)
	if !a.limiter.OnLimit(w, r, key) {
		return false, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for k, at := range a.told {
		if now.Sub(at) >= time.Minute || now.Before(at) {
			delete(a.told, k)
		}
	}
	if _, known := a.told[key]; known || len(a.told) >= maxTold {
		return true, false
	}
	a.told[key] = now
	return true, true
}

// maxTold bounds the memory of addresses reported within a minute.
const maxTold = 1024
