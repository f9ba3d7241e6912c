// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/checkin"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/server"
	"understudy/pkgstore/trust"
)

var epoch = time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)

// clock is a clock that tests set.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	asked func()
}

func (c *clock) get() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked != nil {
		c.asked()
	}
	return c.now
}

// watch has f called whenever somebody asks for the time; nil ends that.
func (c *clock) watch(f func()) { c.mu.Lock(); defer c.mu.Unlock(); c.asked = f }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// world is an update server over TLS on loopback, with two customers.
type world struct {
	*testing.T
	clock  *clock
	config server.Config
	server *server.Server
	http   *httptest.Server
	image  []byte // stands for a boot image
}

// newWorld makes a server with small packages.
func newWorld(t *testing.T, open bool) *world {
	t.Helper()
	return newWorldWith(t, open, 1<<16)
}

// newWorldWith makes one whose Base packages have so many bytes: for a cut in
// the middle, more than the buffers of a connection hold.
func newWorldWith(t *testing.T, open bool, size int) *world {
	t.Helper()
	w := &world{T: t, clock: &clock{now: epoch}, image: bytes.Repeat([]byte("boot "), size/5)}
	w.config = server.Config{Data: t.TempDir(), Open: open, Now: w.clock.get}
	w.stock()
	w.start()
	t.Cleanup(func() { w.stop() })
	for _, c := range []server.Customer{
		{ID: "c1", Name: "One", Hostname: "support.example.com", Licenses: 25, Maintenance: epoch.AddDate(1, 0, 0)},
		{ID: "c2", Name: "Two", Hostname: "help.example.com", Licenses: 5, Maintenance: epoch.AddDate(1, 0, 0)},
	} {
		w.must(w.server.AddCustomer(t.Context(), c))
	}
	w.must(w.server.Enroll(t.Context(), "US-1", "c1", "", ""))
	w.must(w.server.Enroll(t.Context(), "US-2", "c2", "", ""))
	return w
}

// stock puts Base 3.3.2 and 4.2.1 and the program of site 12.2.0 on the shelf.
func (w *world) stock() {
	w.Helper()
	dir := filepath.Join(w.config.Data, "packages")
	w.must(os.MkdirAll(filepath.Join(dir, "site", "12.2.0"), 0o700))
	w.stockBase("3.3.2", epoch.AddDate(0, -1, 0))
	w.stockBase("4.2.1", epoch.AddDate(0, -1, 0))
	w.must(os.WriteFile(filepath.Join(dir, "site", "12.2.0", "sited"), w.image[:9999], 0o600))
	w.must(os.WriteFile(filepath.Join(dir, "site", "12.2.0", "build.json"), []byte(`{"tree":3,"id":"12.2.0-3","time":"2026-10-01T00:00:00Z"}`), 0o600))
	w.must(os.WriteFile(filepath.Join(dir, "half.pkg"), []byte("being copied"), 0o600))
}

// stockBase puts a Base package on the shelf.
func (w *world) stockBase(version string, built time.Time) {
	w.Helper()
	e, ok := catalogue.Find(pack.Base, version)
	if !ok {
		w.Fatalf("no Base %s", version)
	}
	f, err := os.Create(filepath.Join(w.config.Data, "packages", version+".pkg"))
	w.must(err)
	_, _, err = e.Write(f, e.For(catalogue.Build{Tree: 1, ID: version + "-1", Time: built}, nil), pack.Bytes(append([]byte(version), w.image...)), nil)
	w.must(err)
	w.must(f.Close())
}

// start and stop are the server's process.
func (w *world) start() {
	w.Helper()
	s, err := server.Open(context.Background(), w.config)
	w.must(err)
	h, err := s.Handler(slog.New(slog.NewTextHandler(w.Output(), nil)))
	w.must(err)
	w.server, w.http = s, httptest.NewTLSServer(h)
}

func (w *world) stop() {
	w.http.CloseClientConnections()
	w.http.Close()
	_ = w.server.Close()
}

func (w *world) restart() {
	w.Helper()
	w.stop()
	w.start()
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// box is an appliance.
type box struct {
	*world
	serial    string
	key       ed25519.PrivateKey
	state     trust.Dir
	installed []pack.Release
	admission server.Admission
}

func (w *world) box(serial string) *box {
	w.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	w.must(err)
	state, err := trust.NewDir(w.TempDir(), w.server.Root())
	w.must(err)
	return &box{world: w, serial: serial, key: key, state: state, installed: []pack.Release{{Kind: pack.Base, Version: "3.2.4", Tree: 1}}}
}

func (b *box) statement(p checkin.Purpose, ahead time.Duration) string {
	b.Helper()
	st := checkin.Statement{Purpose: p, Serial: b.serial, Hostname: "box.example.com", Installed: b.installed, At: b.clock.get().Add(ahead)}
	_, _ = rand.Read(st.Nonce[:])
	line, err := checkin.Sign(b.key, st)
	b.must(err)
	return line
}

// check sends a statement; code is the problem's, empty if it was accepted.
func (b *box) check(statement string) (code, detail string) {
	b.Helper()
	res, err := b.http.Client().Post(b.http.URL+"/api/v1/check", "text/plain", strings.NewReader(statement))
	b.must(err)
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		b.must(json.NewDecoder(res.Body).Decode(&b.admission))
		return "", ""
	}
	var p server.Problem
	b.must(json.NewDecoder(res.Body).Decode(&p))
	if p.Status != res.StatusCode || res.Header.Get("Content-Type") != "application/problem+json" || p.Detail == "" {
		b.Fatalf("problem %+v with status %d", p, res.StatusCode)
	}
	return p.Code, p.Detail
}

func (b *box) mustCheck() {
	b.Helper()
	if code, detail := b.check(b.statement(checkin.Online, 0)); code != "" {
		b.Fatal(code, detail)
	}
}

// get fetches a path of the server with the box's token and more headers.
func (b *box) get(path string, header ...string) *http.Response {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), "GET", b.http.URL+path, nil)
	b.must(err)
	req.Header.Set("Authorization", "Bearer "+b.admission.Token)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := b.http.Client().Do(req)
	b.must(err)
	b.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func (b *box) fetch(_ context.Context, path string, limit int64) ([]byte, error) {
	res := b.get(b.admission.Metadata + path)
	switch res.StatusCode {
	case http.StatusOK:
		return io.ReadAll(io.LimitReader(res.Body, limit+1))
	case http.StatusNotFound:
		return nil, fs.ErrNotExist
	}
	return nil, fmt.Errorf("status %d", res.StatusCode)
}

func (b *box) refresh() []trust.Target {
	b.Helper()
	list, err := trust.Refresh(b.Context(), b.state, b.fetch, b.clock.get())
	b.must(err)
	return list
}

// person is a browser.
type person struct {
	*world
	*http.Client
}

func (w *world) person() *person {
	jar, err := cookiejar.New(nil)
	w.must(err)
	c := *w.http.Client()
	c.Jar = jar
	return &person{world: w, Client: &c}
}

var tags = regexp.MustCompile(`(?s)<[^>]*>`)

// paste sends a key and gives the status and text of the page that answers.
func (p *person) paste(key string) (int, string) {
	p.Helper()
	res, err := p.PostForm(p.http.URL+"/key", url.Values{"key": {key}})
	p.must(err)
	return p.text(res)
}

func (p *person) look() string {
	p.Helper()
	res, err := p.Get(p.http.URL + "/downloads")
	p.must(err)
	_, text := p.text(res)
	return text
}

func (p *person) text(res *http.Response) (int, string) {
	p.Helper()
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	p.must(err)
	if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		p.Errorf("policy %q", csp)
	}
	return res.StatusCode, strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(string(raw), " "))), " ")
}

// download fetches a package's offline file from byte at, and cuts after n
// bytes unless n is negative.
func (p *person) download(name string, at, n int64) (int, []byte) {
	p.Helper()
	req, err := http.NewRequestWithContext(p.Context(), "GET", p.http.URL+"/downloads/"+name, nil)
	p.must(err)
	if at > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", at))
	}
	res, err := p.Do(req)
	p.must(err)
	defer res.Body.Close()
	var body io.Reader = res.Body
	if n >= 0 {
		body = io.LimitReader(body, n)
	}
	raw, err := io.ReadAll(body)
	p.must(err)
	return res.StatusCode, raw
}
