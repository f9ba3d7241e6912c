// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"understudy/pkgstore/trust"
)

// TestCommandLine does what an operator does: serve, and the rest beside it.
func TestCommandLine(t *testing.T) {
	data := t.TempDir()
	do := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append(args, "--data", data), &out)
		return out.String(), err
	}
	must := func(args ...string) string {
		t.Helper()
		out, err := do(args...)
		if err != nil {
			t.Fatal(args, err)
		}
		return out
	}
	if _, err := trust.NewDir(t.TempDir(), []byte(strings.TrimSpace(must("root")))); err != nil {
		t.Error("root:", err)
	}
	base, client, stop := start(t, data)

	must("customer", "add", "c1", "--hostname", "support.example.com", "--maintenance", "2099-12-31")
	tlsPEM := filepath.Join(data, "tls.pem") // a certificate, and its key
	raw, err := os.ReadFile(tlsPEM)
	if err != nil {
		t.Fatal(err)
	}
	cert, _, _ := bytes.Cut(raw, []byte("-----BEGIN PRIVATE"))
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	must("customer", "add", "c2", "--roots", roots)
	must("customer", "licenses", "c1", "--licenses", "50")
	must("customer", "entitle", "c1", "base", "3.3.2", "--deny")
	must("enroll", "US-1", "--customer", "c1", "--note", "in the lab")
	if out := must("list"); !strings.Contains(out, "US-1") || !strings.Contains(out, "2099-12-31T23:59:59Z") {
		t.Error(out)
	}
	key := must("key", "US-1")
	res, err := client.PostForm(base+"/key", url.Values{"key": {key}})
	if err != nil || res.StatusCode != http.StatusSeeOther {
		t.Fatal(res, err)
	}
	if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
	for _, wrong := range [][]string{
		{"customer", "add", "c1"}, {"customer", "add", "c 2"}, {"customer", "add", "c3", "--maintenance", "tomorrow"}, {"customer", "add", "c4", "--roots", tlsPEM}, {"customer", "add", "c4", "--roots", "nothing"}, {"customer", "licenses", "c9"}, {"customer", "entitle", "c1", "car", "1"},
		{"enroll", "US-2", "--customer", "c9"}, {"enroll", "../x", "--customer", "c1"}, {"key", "US-9"}, {"reissue", "US-1", "base-3.3.2-1.pkg"}, {"serve", "more"},
	} {
		if out, err := do(wrong...); err == nil {
			t.Errorf("%q was done: %s", wrong, out)
		}
	}
	if err := run(t.Context(), []string{"list"}, io.Discard); err == nil {
		t.Error("no directory was needed")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

var printed = regexp.MustCompile(`on (https://[^/]+)/\n.*: ([0-9a-f]{64})\n`)

// start runs serve and gives its address, a client that trusts the fingerprint
// it has printed and nothing else, and a function that ends it.
func start(t *testing.T, data string) (string, *http.Client, func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, w)
		_ = w.CloseWithError(io.EOF)
		ended <- err
	}()
	var out []byte
	for printed.FindSubmatch(out) == nil {
		buf := make([]byte, 256)
		n, err := r.Read(buf)
		if err != nil {
			t.Fatalf("%s: %v, %v", out, err, <-ended)
		}
		out = append(out, buf[:n]...)
	}
	m := printed.FindSubmatch(out)
	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
			if got := fmt.Sprintf("%x", sha256.Sum256(s.PeerCertificates[0].Raw)); got != string(m[2]) {
				return fmt.Errorf("fingerprint %s, printed was %s", got, m[2])
			}
			return nil
		}}},
	}
	return string(m[1]), client, func() error { cancel(); client.CloseIdleConnections(); return <-ended }
}
