// SPDX-License-Identifier: Apache-2.0

package appliancetest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"understudy/web/gate"
)

// Browser is somebody at the pages. It follows no redirects, so that tests see
// them; Origin headers are those of a browser on the box's own pages.
type Browser struct {
	t      testing.TB
	box    *Box
	client *http.Client
}

// Answer is what came back.
type Answer struct {
	Status   int
	Location string // of a redirect, without the host
	Header   http.Header
	Body     string
}

// Shows reports whether the page holds the words.
func (a Answer) Shows(words string) bool { return strings.Contains(a.Body, words) }

// Browser opens a browser that is not signed in.
func (b *Box) Browser(t testing.TB) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := *b.client
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Browser{t: t, box: b, client: &client}
}

// SignIn opens a browser and signs in. Dangerous acts still ask for the
// password.
func (b *Box) SignIn(t testing.TB, username, password string) *Browser {
	t.Helper()
	browser := b.Browser(t)
	if a := browser.Post("/appliance/sign-in", "username", username, "password", password); a.Status != http.StatusSeeOther {
		t.Fatalf("signing in as %s: %d %s", username, a.Status, a.Body)
	}
	return browser
}

// Get opens a page.
func (b *Browser) Get(path string) Answer {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil, nil)
}

// Post sends a form: names and values in turn.
func (b *Browser) Post(path string, fields ...string) Answer {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, strings.NewReader(values.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

// Do sends any request.
func (b *Browser) Do(method, path, body string, header http.Header) Answer {
	b.t.Helper()
	return b.do(method, path, strings.NewReader(body), header)
}

func (b *Browser) do(method, path string, body io.Reader, header http.Header) Answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.box.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, values := range header {
		r.Header[name] = values
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return Answer{Status: res.StatusCode, Location: res.Header.Get("Location"), Header: res.Header, Body: string(content)}
}

// Secret is what the session's cookie holds, empty without a session.
func (b *Browser) Secret() string {
	u, err := url.Parse(b.box.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == gate.Cookie {
			return c.Value
		}
	}
	return ""
}

var revisionField = regexp.MustCompile(`name="revision" value="(\d+)"`)

// Revision is the revision that the forms of a page carry.
func (a Answer) Revision() string {
	found := revisionField.FindStringSubmatch(a.Body)
	if found == nil {
		return ""
	}
	return found[1]
}

// Direct calls the gate without a connection, with a form, and returns the
// status.
func (b *Box) Direct(t testing.TB, method, target, form string) int {
	r := httptest.NewRequest(method, target, strings.NewReader(form)).WithContext(t.Context())
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	b.Gate.ServeHTTP(w, r)
	return w.Code
}
