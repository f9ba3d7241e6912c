// SPDX-License-Identifier: Apache-2.0

package updateserver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// serve is an update server that answers as its API is written down: a view
// with one file and one package.
func serve(t *testing.T) (host, fingerprint string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/check", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if string(b) != "a statement" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"title":"Forbidden","status":403,"code":"clock","detail":"The clocks are an hour apart."}`)
			return
		}
		fmt.Fprint(w, `{"metadata":"/tuf/c1/","packages":"/packages/c1/","token":"secret","time":"2026-11-23T00:00:00Z"}`)
	})
	bearer := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer secret" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			h(w, r)
		}
	}
	mux.HandleFunc("GET /tuf/c1/timestamp.json", bearer(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "0123456789") }))
	mux.HandleFunc("GET /packages/c1/base.pkg", bearer(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader("abcdefghij"))
	}))
	s := httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	sum := sha256.Sum256(s.Certificate().Raw)
	return strings.TrimPrefix(s.URL, "https://"), hex.EncodeToString(sum[:])
}

func TestCheckAndFetch(t *testing.T) {
	host, want := serve(t)
	var learned string
	c, err := New(host, "", func(f string) error { learned = f; return nil })
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.Check(t.Context(), "a statement")
	if err != nil || learned != want {
		t.Fatalf("learned %s, want %s; %v", learned, want, err)
	}
	if b, err := v.Fetch(t.Context(), "timestamp.json", 10); err != nil || string(b) != "0123456789" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := v.Fetch(t.Context(), "timestamp.json", 9); err == nil {
		t.Error("more than the limit was read")
	}
	if _, err := v.Fetch(t.Context(), "2.root.json", 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	for _, from := range []int64{0, 4, 10} {
		body, began, whole, err := v.Package(t.Context(), "base.pkg", from)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(body)
		if string(b) != "abcdefghij"[from:] || began != from || whole != 10 || err != nil {
			t.Errorf("from %d: %q from %d of %d, %v", from, b, began, whole, err)
		}
		body.Close()
	}
}

func TestRefusals(t *testing.T) {
	host, _ := serve(t)
	c, err := New(host, "", func(string) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	var refusal *Refusal
	if _, err := c.Check(t.Context(), "something else"); !errors.As(err, &refusal) || refusal.Detail != "The clocks are an hour apart." || !refusal.Clock() {
		t.Errorf("%v", err)
	}
	pinned, err := New(host, strings.Repeat("00", 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	var other *CertificateError
	if _, err := pinned.Check(t.Context(), "a statement"); !errors.As(err, &other) {
		t.Errorf("another certificate: %v", err)
	}
	cannot := errors.New("the disk is full")
	forgetful, err := New(host, "", func(string) error { return cannot })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := forgetful.Check(t.Context(), "a statement"); !errors.Is(err, cannot) {
		t.Errorf("a certificate that cannot be kept: %v", err)
	}
	for _, bad := range []string{"", "a b", "host/path", "user@host"} {
		if _, err := New(bad, "", nil); err == nil {
			t.Errorf("%q is taken for a server", bad)
		}
	}
}

// What is no TLS is no update server; what cannot be stored here is no fault of
// the server.
func TestWhoseFaultItIs(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	c, err := New(strings.TrimPrefix(plain.URL, "http://"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	var strange *StrangeError
	if _, err := c.Check(t.Context(), "a statement"); !errors.As(err, &strange) {
		t.Errorf("without TLS: %v", err)
	}
	host, _ := serve(t)
	full := errors.New("the disk is full")
	if c, err = New(host, "", func(string) error { return full }); err != nil {
		t.Fatal(err)
	}
	var unreachable *UnreachableError
	if _, err := c.Check(t.Context(), "a statement"); !errors.Is(err, full) || errors.As(err, &unreachable) {
		t.Errorf("a fingerprint that cannot be kept: %v", err)
	}
}
