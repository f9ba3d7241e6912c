// SPDX-License-Identifier: Apache-2.0

package updateserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// stall is a client of a server that begins each answer and then says nothing.
func stall(t *testing.T) *View {
	t.Helper()
	end := make(chan struct{})
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		if strings.HasSuffix(r.URL.Path, "refused") {
			w.WriteHeader(http.StatusForbidden)
		}
		fmt.Fprint(w, "begun")
		w.(http.Flusher).Flush()
		<-end
	}))
	t.Cleanup(func() { close(end); s.Close() })
	c, err := New(strings.TrimPrefix(s.URL, "https://"), "", func(string) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	c.Patience.Silence = 50 * time.Millisecond
	return &View{c: c, metadata: "/m/", packages: "/p/", token: "t"}
}

// A server that stalls in the middle is given up, and what came before counts.
func TestAServerThatStallsIsGivenUp(t *testing.T) {
	v := stall(t)
	var silent *SilentError
	body, _, _, err := v.Package(t.Context(), "base.pkg", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if string(b) != "begun" || !errors.As(err, &silent) || !strings.Contains(err.Error(), "nothing for 50ms") {
		t.Errorf("a package: %q, %v", b, err)
	}
	if _, err := v.Fetch(t.Context(), "timestamp.json", 1000); !errors.As(err, &silent) {
		t.Errorf("metadata: %v", err)
	}
	if _, err := v.c.Check(t.Context(), "a statement"); err == nil {
		t.Error("a check")
	}
	var refusal *Refusal
	if _, err := v.Fetch(t.Context(), "refused", 1000); !errors.As(err, &refusal) || refusal.Status != http.StatusForbidden {
		t.Errorf("a refusal: %v", err)
	}
}

// What counts is how much comes in each window of waiting, not in all.
func TestAServerThatTricklesIsGivenUp(t *testing.T) {
	type read struct {
		n    int
		took time.Duration
	}
	for name, c := range map[string]struct {
		reads []read
		slow  bool // after the last
	}{
		"just enough, for ever":         {[]read{{50, 30 * time.Second}, {50, 30 * time.Second}, {100, time.Minute}, {100, time.Minute}}, false},
		"too little":                    {[]read{{50, 30 * time.Second}, {49, 30 * time.Second}}, true},
		"much at first, then little":    {[]read{{100000, time.Minute}, {99, time.Minute}}, true},
		"little, in less than a minute": {[]read{{1, 20 * time.Second}, {1, 20 * time.Second}, {1, 19 * time.Second}}, false},
		"a byte now and then":           {[]read{{1, 29 * time.Second}, {1, 29 * time.Second}, {1, 29 * time.Second}}, true},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		w := &watched{host: "h", patience: Patience{Window: time.Minute, Least: 100}, ctx: ctx, cancel: cancel}
		for i, r := range c.reads {
			err := w.slow(r.n, r.took)
			var slow *SlowError
			if want := c.slow && i == len(c.reads)-1; errors.As(err, &slow) != want || (ctx.Err() != nil) != want {
				t.Errorf("%s, read %d: %v", name, i, err)
			}
		}
		cancel(nil)
	}
}

// A part that begins elsewhere would be put together wrongly.
func TestAnotherPartThanAskedFor(t *testing.T) {
	for _, at := range []string{"", "bytes 0-9/10", "bytes 40-49/50", "nonsense"} {
		s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", at)
			w.WriteHeader(http.StatusPartialContent)
		}))
		c, err := New(strings.TrimPrefix(s.URL, "https://"), "", func(string) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := (&View{c: c, packages: "/p/"}).Package(t.Context(), "base.pkg", 4); err == nil || !strings.Contains(err.Error(), "another part") {
			t.Errorf("%q: %v", at, err)
		}
		s.Close()
	}
}

// polite is the body of a server that ends its answer properly when it sees
// that its client hangs up.
type polite struct{ ctx context.Context }

func (p polite) Read([]byte) (int, error) {
	<-p.ctx.Done()
	return 0, io.EOF
}

func (polite) Close() error { return nil }

// An answer that ends because this side hung up is not all of it.
func TestTheEndOfWhatWasGivenUp(t *testing.T) {
	late, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	gone, leave := context.WithCancel(t.Context())
	leave()
	var silent *SilentError
	var unreachable *UnreachableError
	for name, c := range map[string]struct {
		parent context.Context
		is     func(error) bool
	}{
		"silent":   {t.Context(), func(err error) bool { return errors.As(err, &silent) }},
		"too late": {late, func(err error) bool { return errors.As(err, &unreachable) }},
		"canceled": {gone, func(err error) bool { return errors.Is(err, context.Canceled) }},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(c.parent)
			body := &watched{ReadCloser: polite{ctx}, host: "updates.example.com", patience: Patience{Silence: time.Millisecond}, ctx: ctx, cancel: cancel}
			if _, err := body.Read(make([]byte, 1)); !c.is(err) {
				t.Errorf("%v", err)
			}
		})
	}
}
