// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/revision"
	"understudy/appliance/store"
	"understudy/web/gate"
	"understudy/web/signin"
	"understudy/web/ui"
)

const password = "a lighthouse in the fog"

// half is one of the two, with no other page than its first.
type half struct {
	t        *testing.T
	server   http.Handler
	renderer *ui.Renderer
	cookies  map[string]string
	signin.Half
}

func (h *half) Problem(w http.ResponseWriter, _ *http.Request, p gate.Problem) {
	http.Error(w, p.Text, p.Status)
}

func (h *half) PasswordAgain(w http.ResponseWriter, r *http.Request, q gate.PasswordAgain) {
	h.Half.PasswordAgain(w, r, q, h.Root+"/back")
}

func newHalf(t *testing.T, root, cookie string) *half {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "half.db"), []store.Migration{
		{Name: "revision", SQL: revision.Schema1}, {Name: "account", SQL: account.Schema1}, {Name: "audit", SQL: audit.Schema1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	policy := account.DefaultPolicy()
	policy.Argon2 = account.Argon2{MemoryKiB: 64, Time: 1, Threads: 1}
	hash, err := account.HashPassword(policy.Argon2, "password")
	if err != nil {
		t.Fatal(err)
	}
	h := &half{t: t, cookies: map[string]string{}}
	log := audit.New(db, time.Now)
	h.Half = signin.Half{
		Root: root, Heading: "Come in", Accounts: account.New(db, revision.New(db, time.Now), log, policy, time.Now), Audit: log, Now: time.Now,
		SetCookie: func(w http.ResponseWriter, secret string) {
			http.SetCookie(w, &http.Cookie{Name: cookie, Value: secret})
		},
		ClearCookie: func(w http.ResponseWriter) { http.SetCookie(w, &http.Cookie{Name: cookie}) },
		ThemeCookie: cookie + "-theme",
		Outside: func(r *http.Request, title string) ui.Page {
			return ui.Page{Title: title, Theme: h.Theme(r), Path: root}
		},
		Show: func(w http.ResponseWriter, status int, name string, page ui.Page) error {
			return h.renderer.Page(w, status, name, page)
		},
		Handle: func(a func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if err := a(w, r); err != nil {
					gate.Fail(w, r, err)
				}
			}
		},
		Banners: func() []ui.Banner { return []ui.Banner{{Tone: ui.Bad, Title: "Out of order"}} },
		Done:    func(r *http.Request) string { return r.URL.Query().Get("done") },
	}
	if err := h.Accounts.Bootstrap(t.Context(), "admin", hash, true); err != nil {
		t.Fatal(err)
	}
	if h.renderer, err = ui.NewAt(root, signin.Templates); err != nil {
		t.Fatal(err)
	}
	first := h.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		_, err := w.Write([]byte("inside"))
		return err
	})
	routes := append(h.Routes(), gate.Route{Method: http.MethodGet, Pattern: root, Policy: gate.SignedIn, Handler: first})
	g, err := gate.New(gate.Config{Accounts: h.Accounts, Pages: h, Now: time.Now, Prefix: root, Cookie: cookie, OnLimited: h.Limited}, routes)
	if err != nil {
		t.Fatal(err)
	}
	h.server = g
	return h
}

// do sends a form, or asks for a page if there is none, below the half's root.
func (h *half) do(path string, fields ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	method, values := http.MethodGet, url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		method = http.MethodPost
		values.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequestWithContext(h.t.Context(), method, h.Root+path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range h.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	h.server.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		h.cookies[c.Name] = c.Value
	}
	return w
}

func (h *half) leads(w *httptest.ResponseRecorder, path string) {
	h.t.Helper()
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != h.Root+path {
		h.t.Errorf("%d leads to %s, want %s: %s", w.Code, got, h.Root+path, w.Body)
	}
}

func (h *half) shows(w *httptest.ResponseRecorder, status int, texts ...string) {
	h.t.Helper()
	for _, text := range texts {
		if w.Code != status || !strings.Contains(w.Body.String(), text) {
			h.t.Errorf("%d without %q, want %d: %s", w.Code, text, status, w.Body)
		}
	}
}

// What is the same in both halves goes the same way in each, below its own root
// and with its own cookies.
func TestBothHalves(t *testing.T) {
	for _, half := range []struct{ root, cookie string }{{"/appliance", gate.Cookie}, {"/login", gate.SiteCookie}} {
		t.Run(half.root[1:], func(t *testing.T) {
			h := newHalf(t, half.root, half.cookie)
			h.leads(h.do(""), "/sign-in")
			h.shows(h.do("/sign-in?done=Gone"), 200, "Come in", "Out of order", "Gone", `action="`+half.root+`/sign-in"`)
			h.shows(h.do("/sign-in", "username", "admin", "password", "wrong"), 422, "The user name or the password is wrong.", `value="admin"`)
			h.leads(h.do("/sign-in", "username", "admin", "password", "password", "next", half.root+"/x"), "/change-password")
			h.leads(h.do(""), "/change-password")
			h.shows(h.do("/change-password"), 200, "somebody else knows", `action="`+half.root+`/sign-out"`)
			for want, form := range map[string][]string{
				"This is not the same as the new password.": {"old", "password", "new", password, "again", "other"},
				"This is not the current password.":         {"old", "wrong", "new", password, "again", password},
				"at least":                                  {"old", "password", "new", "short", "again", "short"},
			} {
				h.shows(h.do("/change-password", form...), 422, want)
			}
			h.leads(h.do("/change-password", "old", "password", "new", password, "again", password), "?done=password-changed")
			h.shows(h.do(""), 200, "inside")
			h.leads(h.do("/theme", "theme", "dark", "from", half.root+"/x"), "/x")
			h.leads(h.do("/theme", "theme", "dark", "from", "https://elsewhere.example"), "")
			if got := h.cookies[half.cookie+"-theme"]; got != "dark" {
				t.Errorf("the colours are kept as %q", got)
			}
			h.shows(h.do("/change-password"), 200, `data-theme="dark"`)
			h.leads(h.do("/theme", "theme", "purple"), "")
			if got := h.cookies[half.cookie+"-theme"]; got != "" {
				t.Errorf("nonsense is kept as %q", got)
			}
			h.leads(h.do("/sign-out", "x", "y"), "/sign-in?done=signed-out")
			h.leads(h.do("/change-password", "old", "x"), "/sign-in?next="+url.QueryEscape(half.root+"/change-password")+"&unsent=1")
			h.shows(h.do("/sign-in?unsent=1"), 200, "Your session has ended. Nothing was changed.")
			if strings.Contains(h.do("/sign-in?unsent=Ha").Body.String(), "Nothing was changed") {
				t.Error("it is said of something else as well")
			}
			if got := h.cookies[half.cookie]; got != "" {
				t.Errorf("the cookie is still there: %q", got)
			}
			h.leads(h.do(""), "/sign-in")
		})
	}
}

// A flood is noted as coming by the way it came.
func TestAFloodIsNoted(t *testing.T) {
	h := newHalf(t, "/appliance", gate.Cookie)
	for path, via := range map[string]string{"/appliance/sign-in": "page", "/appliance/api/v1/sessions": "api"} {
		h.Limited(httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, nil))
		events, err := h.Audit.List(t.Context(), audit.Filter{Text: path})
		if err != nil || len(events) != 1 || events[0].Via != via || events[0].Outcome != audit.Refused || events[0].Address != "192.0.2.1" {
			t.Errorf("%s: %+v, %v", path, events, err)
		}
	}
}
