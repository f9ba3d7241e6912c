// SPDX-License-Identifier: Apache-2.0

package login_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/basectl"
	"understudy/appliance/revision"
	"understudy/appliance/site/schema"
	"understudy/pkgstore/pack"
	"understudy/web/gate"
	"understudy/web/login"
	"understudy/web/ui/uitest"
)

const password = "a lighthouse in the fog"

var start = time.Date(2026, 11, 1, 9, 30, 0, 0, time.UTC)

// site is the site software over a database of its own.
type site struct {
	t       *testing.T
	pages   *login.Pages
	gate    *gate.Gate
	freeze  login.Freeze
	server  http.Handler
	audit   *audit.Log
	passed  atomic.Int64 // since start
	expires time.Time    // of the licences
}

func newSite(t *testing.T) *site {
	t.Helper()
	db, err := schema.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := &site{t: t, expires: start.AddDate(1, 0, 0)}
	now := func() time.Time { return start.Add(time.Duration(s.passed.Load())) }
	s.audit = audit.New(db, now)
	policy := account.DefaultPolicy()
	policy.Argon2 = account.Argon2{MemoryKiB: 64, Time: 1, Threads: 1}
	accounts := account.New(db, revision.New(db, now), s.audit, policy, now)
	hash, err := account.HashPassword(policy.Argon2, "password")
	if err != nil {
		t.Fatal(err)
	}
	if err := accounts.Bootstrap(t.Context(), "admin", hash, true); err != nil {
		t.Fatal(err)
	}
	s.pages, err = login.New(login.Services{
		Accounts: accounts, Audit: s.audit, Now: now,
		Facts: func() basectl.Facts {
			return basectl.Facts{Hostname: "box.example.com", Zone: "Europe/Berlin", Serial: "US-1"}
		},
		Summary: func() pack.Summary {
			return pack.Summary{Release: pack.Release{Kind: pack.Site, Version: "12.2.0", Tree: 7}, Name: "Bomgar-12.2.0", Build: "12.2.0-7",
				Customer: &pack.Customer{Hostname: "support.example.com", Licenses: 25, Expires: s.expires}}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.gate, err = s.pages.Gate(gate.Config{}); err != nil {
		t.Fatal(err)
	}
	s.server = login.Behind(s.freeze.Handler(s.pages, s.pages.Handler(s.gate)))
	return s
}

// browser keeps the cookies of one reader.
type browser struct {
	*site
	cookies map[string]string
}

func (s *site) browser() *browser { return &browser{s, map[string]string{}} }

func (b *browser) do(method, path string, fields ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-For", "192.0.2.7")
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c.Value
	}
	return w
}

func (b *browser) get(path string) *httptest.ResponseRecorder { return b.do(http.MethodGet, path) }

// leads fails unless the answer is a redirect there.
func (b *browser) leads(w *httptest.ResponseRecorder, path string) {
	b.t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != path {
		b.t.Fatalf("%d %s, want to be led to %s: %s", w.Code, w.Header().Get("Location"), path, w.Body)
	}
}

// signedIn has left the first password behind.
func (s *site) signedIn() *browser {
	s.t.Helper()
	b := s.browser()
	b.leads(b.do("POST", "/login/sign-in", "username", "admin", "password", "password"), "/login/change-password")
	b.leads(b.do("POST", "/login/change-password", "old", "password", "new", password, "again", password), "/login?done=password-changed")
	return b
}

func TestFirstSignInEndsInANewPassword(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.leads(b.get("/login"), "/login/sign-in")
	b.leads(b.get("/login/my-account"), "/login/sign-in?next=%2Flogin%2Fmy-account")
	b.leads(b.do("POST", "/login/sign-in", "username", "admin", "password", "password", "next", "/login/my-account"), "/login/change-password")
	b.leads(b.get("/login/my-account"), "/login/change-password")
	if w := b.do("POST", "/login/change-password", "old", "password", "new", "password", "again", "password"); w.Code != 422 {
		t.Errorf("the first password is taken as the new one: %d", w.Code)
	}
	b = s.signedIn()
	b.leads(b.get("/login?done=password-changed"), "/login/status/information?done=password-changed")
	if _, set := b.cookies[gate.Cookie]; set || b.cookies[gate.SiteCookie] == "" {
		t.Errorf("cookies: %v", b.cookies)
	}
	b.leads(b.do("POST", "/login/sign-out"), "/login/sign-in?done=signed-out")
	b.leads(b.get("/login/status/information"), "/login/sign-in?next=%2Flogin%2Fstatus%2Finformation")
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	s := newSite(t)
	s.signedIn()
	for _, next := range []string{"https://evil.example.com", "//evil.example.com", "/appliance", "/login/../appliance", ""} {
		b := s.browser()
		b.leads(b.do("POST", "/login/sign-in", "username", "admin", "password", password, "next", next), "/login")
	}
}

var ids = regexp.MustCompile(`(my-account/sessions/)[a-z2-7]+`)

func TestPages(t *testing.T) {
	s := newSite(t)
	b := s.signedIn()
	s.passed.Store(int64(time.Minute)) // lists are sorted by time
	s.browser().do("POST", "/login/sign-in", "username", "admin", "password", password)
	for _, c := range []struct {
		name   string
		by     *browser
		path   string
		form   []string
		status int
	}{
		{"public", s.browser(), "/", nil, 200},
		{"not-found", s.browser(), "/nowhere", nil, 404},
		{"sign-in", s.browser(), "/login/sign-in", nil, 200},
		{"sign-in-refused", s.browser(), "/login/sign-in", []string{"username", "admin", "password", "x"}, 422},
		{"information", b, "/login/status/information", nil, 200},
		{"account", b, "/login/my-account?done=name-changed", nil, 200},
		{"account-refused", b, "/login/my-account/password", []string{"old", "a", "new", "b", "again", "c"}, 422},
		{"change-password", b, "/login/change-password", nil, 200},
		{"login-not-found", b, "/login/nowhere", nil, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := c.by.get(c.path)
			if c.form != nil {
				w = c.by.do("POST", c.path, c.form...)
			}
			if w.Code != c.status {
				t.Fatalf("%d, want %d: %s", w.Code, c.status, w.Body)
			}
			if w.Header().Get("Content-Security-Policy") != gate.PageCSP {
				t.Error("the page has no policy for its content")
			}
			uitest.CheckPage(t, w.Body.Bytes())
			uitest.Golden(t, c.name+".html", ids.ReplaceAll(w.Body.Bytes(), []byte("${1}ID")))
			if strings.Contains(w.Body.String(), `="/appliance`) {
				t.Error("the page leads to the other half of the box")
			}
		})
	}
}

// Who may call what, for a review to read.
func TestRouteTable(t *testing.T) {
	uitest.GoldenTable(t, "routes.txt", newSite(t).gate.Table())
}

func TestOwnAccount(t *testing.T) {
	s := newSite(t)
	b, other := s.signedIn(), s.browser()
	other.leads(other.do("POST", "/login/sign-in", "username", "admin", "password", password), "/login")
	b.leads(b.do("POST", "/login/my-account/name", "display-name", "Ada"), "/login/my-account?done=name-changed")
	page := b.get("/login/my-account").Body.String()
	if !strings.Contains(page, `value="Ada"`) || !strings.Contains(page, "192.0.2.7") {
		t.Error("the new name or the address of the sign-in is not shown")
	}
	end := regexp.MustCompile(`/login/my-account/sessions/[a-z2-7]+/end`).FindString(page)
	b.leads(b.do("POST", end), "/login/my-account?done=session-ended")
	if w := other.get("/login/my-account"); w.Code != 303 {
		t.Errorf("an ended session still opens pages: %d", w.Code)
	}
	if w := b.do("POST", end); w.Code != 404 {
		t.Errorf("ending it again: %d", w.Code)
	}
	if w := b.do("POST", "/login/my-account/name", "display-name", strings.Repeat("x", 101)); w.Code != 422 {
		t.Errorf("a name that is too long: %d", w.Code)
	}
}

func TestFreezeEndsWrites(t *testing.T) {
	s := newSite(t)
	b := s.signedIn()
	if err := s.freeze.Begin(t.Context(), "An update is being installed."); err != nil {
		t.Fatal(err)
	}
	w := b.do("POST", "/login/my-account/name", "display-name", "Ada")
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "An update is being installed.") {
		t.Errorf("a write: %d %s", w.Code, w.Body)
	}
	if w := b.get("/login/my-account"); w.Code != 200 || strings.Contains(w.Body.String(), `value="Ada"`) {
		t.Errorf("a look: %d", w.Code)
	}
	s.freeze.End()
	b.leads(b.do("POST", "/login/my-account/name", "display-name", "Ada"), "/login/my-account?done=name-changed")
}

// A freeze waits for what is under way, and gives way if that takes too long.
func TestFreezeWaitsForWrites(t *testing.T) {
	s := newSite(t)
	var written atomic.Bool
	entered, release, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	slow := s.freeze.Handler(s.pages, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		written.Store(true)
	}))
	go func() {
		slow.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/login/x", io.NopCloser(strings.NewReader(""))))
		close(ended)
	}()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.freeze.Begin(ctx, "x"); !errors.Is(err, context.Canceled) || s.freeze.Frozen() {
		t.Errorf("gave up with %v, frozen %v", err, s.freeze.Frozen())
	}
	began := make(chan error, 1)
	go func() { began <- s.freeze.Begin(t.Context(), "x") }()
	for !s.freeze.Frozen() {
		runtime.Gosched()
	}
	close(release)
	if err := <-began; err != nil || !written.Load() {
		t.Errorf("frozen before the write under way had ended (%v)", err)
	}
	<-ended
}

// A stranger who sends a form slowly, or not at all, is no write: nobody could
// install a site as long as one does.
func TestAFreezeDoesNotWaitForWhoSendsSlowly(t *testing.T) {
	s := newSite(t)
	form, sender := io.Pipe()
	answer := httptest.NewRecorder()
	ended := make(chan struct{})
	go func() {
		r := httptest.NewRequest("POST", "/login/sign-in", form)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Forwarded-For", "192.0.2.7")
		s.server.ServeHTTP(answer, r)
		close(ended)
	}()
	if _, err := io.WriteString(sender, "username=admin"); err != nil { // and it is being read
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := s.freeze.Begin(ctx, "An update is being installed."); err != nil {
		t.Errorf("the freeze waits: %v", err)
	}
	sender.Close()
	if <-ended; answer.Code != 503 {
		t.Errorf("what was sent in the end: %d", answer.Code)
	}
}

func TestUntilWhenLicencesAreGood(t *testing.T) {
	s := newSite(t)
	b := s.signedIn()
	for _, c := range []struct {
		until time.Time
		want  string
	}{{time.Time{}, "<dd>Never"}, {start.AddDate(0, 0, 1), "Valid"}, {start.AddDate(0, 0, -1), "Expired"}} {
		s.expires = c.until
		page := b.get("/login/status/information").Body.String()
		if !strings.Contains(page, c.want) || c.want != "Expired" && strings.Contains(page, "Expired") {
			t.Errorf("%v: the page does not say %s:\n%s", c.until, c.want, page)
		}
	}
}
