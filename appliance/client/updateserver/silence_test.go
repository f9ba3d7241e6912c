// SPDX-License-Identifier: Apache-2.0

package updateserver

import (
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
	c.silence = 50 * time.Millisecond
	return &View{c: c, metadata: "/m/", packages: "/p/", token: "t"}
}

// A server that stalls in the middle is given up, and what came before counts.
func TestAServerThatStallsIsGivenUp(t *testing.T) {
	v := stall(t)
	var silent *SilentError
	body, _, err := v.Package(t.Context(), "base.pkg", 0)
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
		if _, _, err := (&View{c: c, packages: "/p/"}).Package(t.Context(), "base.pkg", 4); err == nil || !strings.Contains(err.Error(), "another part") {
			t.Errorf("%q: %v", at, err)
		}
		s.Close()
	}
}
