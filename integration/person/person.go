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

	"golang.org/x/net/html"
)

// patience is how long a person waits for one page. A password hash on an
// emulated processor takes seconds, and two guests share the host.
const patience = 60 * time.Second

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
	if err := p.try(path); err != nil {
		p.t.Fatal(err)
	}
}

// try opens an address and reports what went wrong.
func (p *Person) try(path string) error {
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
	return p.send(r)
}

// send makes a request, follows redirects and lands on the page.
func (p *Person) send(r *http.Request) error {
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
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
		err := p.try(path)
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

// Follow follows the link with these words.
func (p *Person) Follow(words string) {
	p.t.Helper()
	href, err := p.Page.Link(words)
	if err != nil {
		p.t.Fatalf("%v; %s", err, p.describe())
	}
	p.Open(href)
}

// Fill fills in the field with this label.
func (p *Person) Fill(label, value string) { p.t.Helper(); p.FillNth(label, 0, value) }

// FillNth fills in the n-th of several fields with the same label, from 0.
func (p *Person) FillNth(label string, n int, value string) {
	p.t.Helper()
	c, err := p.fields.control(label, n)
	if err == nil {
		err = p.fields.fill(c, value)
	}
	if err != nil {
		p.t.Fatalf("fill in %q: %v; %s", label, err, p.describe())
	}
}

// Value is what the field with this label holds.
func (p *Person) Value(label string) string {
	p.t.Helper()
	c, err := p.fields.control(label, 0)
	if err != nil {
		p.t.Fatalf("%v; %s", err, p.describe())
	}
	return p.fields.value(c)
}

// Has reports whether there is a field with this label.
func (p *Person) Has(label string) bool {
	_, err := p.fields.control(label, 0)
	return err == nil
}

// Tick ticks the checkbox or radio button with this label, or unticks it.
func (p *Person) Tick(label string, on bool) { p.t.Helper(); p.TickNth(label, 0, on) }

// TickNth ticks the n-th of several with the same label, from 0.
func (p *Person) TickNth(label string, n int, on bool) {
	p.t.Helper()
	c, err := p.fields.control(label, n)
	if err == nil {
		err = p.fields.tick(c, on)
	}
	if err != nil {
		p.t.Fatalf("tick %q: %v; %s", label, err, p.describe())
	}
}

// Press presses the button with these words.
func (p *Person) Press(words string) { p.t.Helper(); p.PressNth(words, 0) }

// PressNth presses the n-th of several buttons with the same words, from 0.
func (p *Person) PressNth(words string, n int) {
	p.t.Helper()
	if err := p.press(words, n, nil); err != nil {
		p.t.Fatalf("press %q: %v; %s", words, err, p.describe())
	}
}

// PressBeside presses the button with these words of the form that has the
// field with this label, where a page has several such buttons.
func (p *Person) PressBeside(label, words string) {
	p.t.Helper()
	c, err := p.fields.control(label, 0)
	if err == nil {
		err = p.press(words, 0, formOf(p.Page.root, c))
	}
	if err != nil {
		p.t.Fatalf("press %q: %v; %s", words, err, p.describe())
	}
}

func (p *Person) press(words string, n int, form *html.Node) error {
	b, err := p.fields.button(words, n, form)
	if err != nil {
		return err
	}
	r, err := p.fields.request(b)
	if err != nil {
		return err
	}
	return p.send(r)
}

// See fails the test unless the page shows all these words.
func (p *Person) See(words ...string) {
	p.t.Helper()
	for _, w := range words {
		if !p.Page.Shows(w) {
			p.t.Errorf("the page does not show %q; %s", w, p.describe())
		}
	}
	if p.t.Failed() {
		p.t.FailNow()
	}
}

// Arrive fails the test unless the page is the one at this path, and answers
// without an error.
func (p *Person) Arrive(path string) {
	p.t.Helper()
	if p.Page.URL.Path != path || p.Page.Status >= 400 {
		p.t.Fatalf("expected to be at %s; %s", path, p.describe())
	}
}

// Fact is the value beside a name on the page, which must be there.
func (p *Person) Fact(name string) string {
	p.t.Helper()
	value, ok := p.Page.Fact(name)
	if !ok {
		p.t.Fatalf("the page does not name %q; %s", name, p.describe())
	}
	return value
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
