// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// box serves h over TLS with a self-signed certificate and returns a client
// that has pinned it.
func box(t *testing.T, h http.HandlerFunc) (*Client, *httptest.Server) {
	t.Helper()
	srv := httptest.NewTLSServer(h)
	t.Cleanup(srv.Close)
	sum := sha256.Sum256(srv.Certificate().Raw)
	c, err := New(Options{URL: srv.URL + "/appliance", Fingerprint: Colons(hex.EncodeToString(sum[:])), Secret: "s3cret", Agent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, srv
}

func TestCallSendsSecretAndReadsAnswer(t *testing.T) {
	c, _ := box(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != Prefix+"/tasks" || r.URL.RawQuery != "limit=5&state=done" {
			t.Errorf("request for %s", r.URL)
		}
		if got := r.Header.Get("Authorization"); got != "Bearer s3cret" {
			t.Errorf("Authorization is %q", got)
		}
		io.WriteString(w, `{"items":[{"id":"a","state":"done","phases":[]}],"next":"a"}`)
	})
	list, err := c.Tasks(context.Background(), TaskFilter{State: "done", Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 1 || list.Items[0].ID != "a" || list.Next != "a" {
		t.Errorf("got %+v", list)
	}
}

func TestProblem(t *testing.T) {
	c, _ := box(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		io.WriteString(w, `{"code":"stale-revision","title":"Conflict","status":409,
			"detail":"Somebody changed it meanwhile.","errors":[{"location":"body.revision","message":"is now 8"}]}`)
	})
	_, err := c.ChangeNetwork(context.Background(), NetworkChange{})
	if !HasCode(err, CodeStale) || StatusOf(err) != http.StatusConflict {
		t.Fatalf("got %v", err)
	}
	if got, want := err.Error(), "Somebody changed it meanwhile.\n  body.revision: is now 8"; got != want {
		t.Errorf("reads %q, want %q", got, want)
	}
}

func TestForeignServer(t *testing.T) {
	c, _ := box(t, func(w http.ResponseWriter, r *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) })
	_, err := c.Status(context.Background())
	if StatusOf(err) != http.StatusBadGateway || !strings.Contains(err.Error(), "check the URL") {
		t.Errorf("got %v", err)
	}
	c, _ = box(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>") })
	if _, err := c.Status(context.Background()); err == nil || !strings.Contains(err.Error(), "something else than this API") {
		t.Errorf("got %v", err)
	}
	c, _ = box(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://192.0.2.1/", http.StatusFound)
	})
	if _, err := c.Status(context.Background()); StatusOf(err) != http.StatusFound {
		t.Errorf("a redirect was followed: %v", err)
	}
}

func TestFingerprint(t *testing.T) {
	c, srv := box(t, func(w http.ResponseWriter, r *http.Request) { t.Error("the request went through") })
	other, err := New(Options{URL: srv.URL, Fingerprint: strings.Repeat("ab", 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var mismatch *FingerprintError
	if _, err := other.Status(context.Background()); !errors.As(err, &mismatch) {
		t.Errorf("another certificate gives %v", err)
	}
	shown, trusted, err := Presented(context.Background(), c.URL())
	if err != nil || trusted || shown != mismatch.Got {
		t.Errorf("presented %s, trusted %v, %v; want %s", shown, trusted, err, mismatch.Got)
	}
	for _, bad := range []string{"", "zz", "SHA256:12", strings.Repeat("a", 66)} {
		if _, err := ParseFingerprint(bad); err == nil {
			t.Errorf("%q is taken for a fingerprint", bad)
		}
	}
	if got, err := ParseFingerprint("sha256:" + Colons(shown)); err != nil || got != shown {
		t.Errorf("read back %s, %v", got, err)
	}
}

func TestUnreachable(t *testing.T) {
	c, srv := box(t, func(http.ResponseWriter, *http.Request) {})
	srv.Close()
	var gone *UnreachableError
	if _, err := c.Status(context.Background()); !errors.As(err, &gone) || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("got %v", err)
	}
}

func TestParseURL(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1":                       "https://192.0.2.1",
		"https://box.example:8443/login":  "https://box.example:8443",
		"[2001:db8::1]:8443":              "https://[2001:db8::1]:8443",
		"http://192.0.2.1":                "",
		"https://":                        "",
		"https://admin:secret@192.0.2.1/": "",
	} {
		u, err := ParseURL(in)
		if got := ""; err == nil {
			got = u.String()
			if got != want {
				t.Errorf("%s gives %s, want %q", in, got, want)
			}
		} else if want != "" {
			t.Errorf("%s: %v", in, err)
		}
	}
}
