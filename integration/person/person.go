// SPDX-License-Identifier: Apache-2.0

package person

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a person waits for one page. A password hash on an
// emulated processor takes seconds, and other guests share the host. One who
// tries again and again has less: a connection that a restart has cut may stay
// silent for ever.
const (
	patience     = 3 * time.Minute
	patienceOnce = time.Minute
)

// maxPage bounds what is read of one page, in bytes.
const maxPage = 8 << 20

// Person is at one page at a time. What cannot be done on it ends the test,
// with the page's words.
type Person struct {
	Page *Page

	t      testing.TB
	base   *url.URL
	client *http.Client
	fields *fields
	dir    string
}

// New gives a person who has opened nothing yet. If the test fails, the page
// that was open last is kept in dir, unless that is empty.
func New(t testing.TB, base, dir string) *Person {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("go to %q: %v", base, err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		// The box made its certificate itself.
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2: true,
	}
	p := &Person{t: t, base: u, dir: dir, client: &http.Client{Jar: jar, Transport: transport}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		p.keep()
	})
	return p
}

// During lets what the person does in f count for another test, usually a
// subtest.
func (p *Person) During(t testing.TB, f func()) {
	before := p.t
	p.t = t
	defer func() { p.t = before }()
	f()
}

// MoveTo goes on at another address of the same box. Cookies count for the
// host and not for the port, so somebody who is signed in stays so.
func (p *Person) MoveTo(base string) {
	p.t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		p.t.Fatalf("go to %q: %v", base, err)
	}
	p.base, p.Page = u, nil
}

// keep leaves the last page of a failed test behind.
func (p *Person) keep() {
	if !p.t.Failed() || p.Page == nil || p.dir == "" {
		return
	}
	path := filepath.Join(p.dir, "last-page.html")
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		p.t.Logf("keep the last page: %v", err)
	} else if err := os.WriteFile(path, p.Page.Body, 0o644); err != nil {
		p.t.Logf("keep the last page: %v", err)
	} else {
		p.t.Logf("the last page, %s, is in %s", p.Page.URL, path)
	}
}

// Client is the browser below: its cookies, for requests no page makes.
func (p *Person) Client() *http.Client { return p.client }

// Open types an address, which begins with a slash.
func (p *Person) Open(path string) {
	p.t.Helper()
	if err := p.try(path, patience); err != nil {
		p.t.Fatal(err)
	}
}

// try opens an address and reports what went wrong.
func (p *Person) try(path string, within time.Duration) error {
	at := p.base
	if p.Page != nil {
		at = p.Page.URL
	}
	target, err := at.Parse(path)
	if err != nil {
		return fmt.Errorf("open %q: %w", path, err)
	}
	r, err := http.NewRequest(http.MethodGet, target.String(), nil)
	if err != nil {
		return fmt.Errorf("open %q: %w", path, err)
	}
	return p.send(r, within)
}

// send makes a request, follows redirects and lands on the page.
func (p *Person) send(r *http.Request, within time.Duration) error {
	ctx, cancel := context.WithTimeout(p.t.Context(), within)
	defer cancel()
	if r.Method == http.MethodPost {
		r.Header.Set("Origin", p.base.Scheme+"://"+p.base.Host)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.Header.Set("User-Agent", "person/1 (no scripts)")
	res, err := p.client.Do(r.WithContext(ctx))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxPage))
	if err != nil {
		return fmt.Errorf("read %s: %w", r.URL, err)
	}
	page, err := newPage(res.Request.URL, res.StatusCode, res.Header, body)
	if err != nil {
		return err
	}
	p.Page, p.fields = page, newFields(page)
	return nil
}

// Await opens the address again and again until ready accepts the page; it is
// for what happens by itself. While nothing answers, that is a no.
func (p *Person) Await(path, what string, within time.Duration, ready func(*Page) bool) {
	p.t.Helper()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	late := time.After(within)
	for {
		err := p.try(path, patienceOnce)
		if err == nil && ready(p.Page) {
			return
		}
		select {
		case <-again.C:
		case <-late:
			if err != nil {
				p.t.Fatalf("%s did not happen within %v: %v", what, within, err)
			}
			p.t.Fatalf("%s did not happen within %v; %s", what, within, p.describe())
		case <-p.t.Context().Done():
			p.t.Fatalf("%s did not happen before the test's end", what)
		}
	}
}

// describe says where the person is and what is to be read there.
func (p *Person) describe() string {
	if p.Page == nil {
		return "no page is open"
	}
	text := p.Page.Text()
	if len(text) > 1500 {
		text = strings.ToValidUTF8(text[:1500], "") + " …"
	}
	return fmt.Sprintf("at %s (%d): %s", p.Page.URL.Path, p.Page.Status, text)
}
