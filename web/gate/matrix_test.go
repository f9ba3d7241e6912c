// SPDX-License-Identifier: Apache-2.0

package gate_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// filled is a route's path with something in place of its parameters.
func filled(r gate.Route) string { return parameter.ReplaceAllString(r.Pattern, "1") }

// send puts a request to the gate as it came over the wire.
func send(t *testing.T, b *appliancetest.Box, method, target, secret string) *httptest.ResponseRecorder {
	t.Helper()
	r := request(target)
	if r == nil {
		return nil // net/http refuses it before the gate
	}
	r.Method = method
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if secret != "" {
		r.AddCookie(&http.Cookie{Name: gate.Cookie, Value: secret})
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute) // a stream would never end
	defer stop()
	w := httptest.NewRecorder()
	b.Gate.ServeHTTP(w, r.WithContext(ctx))
	return w
}

// state sums up what a request could have changed.
func state(t *testing.T, b *appliancetest.Box) string {
	t.Helper()
	ctx := t.Context()
	events, err := b.Audit.List(ctx, audit.Filter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	revisions, err := b.Book.List(ctx, "", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	users, err := b.Accounts.Users(ctx)
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := b.Accounts.Sessions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(events[0].Hash, revisions[0].ID, users, len(sessions), b.Machine.Asked(), len(b.Tasks.Live()))
}

// Every route, written in every odd way, with every method, without a session:
// nothing but a refusal or the way to the sign-in comes back, and nothing
// changes.
func TestNobodyComesInByAnyPath(t *testing.T) {
	b := appliancetest.Build(t, appliancetest.Options{Changed: true})
	open := map[string]bool{}
	for _, r := range b.Pages.Routes() {
		if r.Policy == gate.Public {
			open[filled(r)] = true
		}
	}
	before := state(t, b)
	tried := 0
	for _, route := range b.Pages.Routes() {
		path := filled(route)
		targets := []string{path}
		for _, m := range mutations {
			targets = append(targets, m(path))
		}
		for _, target := range targets {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"} {
				bare, _, _ := strings.Cut(target, "?")
				if bare == "/appliance/sign-in" && method == "POST" {
					continue // an attempt to sign in, which the audit log notes
				}
				w := send(t, b, method, target, "")
				if w == nil {
					continue
				}
				tried++
				switch {
				case open[bare]: // what is public, with a query
				case w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/appliance/sign-in"):
				case w.Code >= 400 && w.Code < 500:
				default:
					t.Errorf("%s %q: %d, to %q", method, target, w.Code, w.Header().Get("Location"))
				}
				if body := w.Body.String(); strings.Contains(body, "3.3.2") || strings.Contains(body, "goroutine ") || strings.Contains(body, "support.example.com") {
					t.Errorf("%s %q tells a stranger too much", method, target)
				}
			}
		}
	}
	if after := state(t, b); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
	t.Logf("%d requests", tried)
}

// Every route that changes something refuses who may only look, and every page
// of theirs opens.
func TestReadersLookAndChangeNothing(t *testing.T) {
	b := appliancetest.Build(t, appliancetest.Options{Changed: true})
	ctx := t.Context()
	if _, err := b.Accounts.Add(ctx, audit.System, account.NewUser{Username: "carol", Password: readerPassword, Role: account.ReadOnly}); err != nil {
		t.Fatal(err)
	}
	secret, _, err := b.Accounts.SignIn(ctx, audit.Actor{Address: "192.0.2.9"}, "carol", readerPassword, "test", account.KindWeb)
	if err != nil {
		t.Fatal(err)
	}
	before := state(t, b)
	for _, r := range b.Pages.Routes() {
		if r.Stream || strings.HasPrefix(r.Pattern, "/appliance/my-account") || r.Pattern == "/appliance/sign-out" || r.Pattern == "/appliance/sign-in" {
			continue // their own account is theirs
		}
		w := send(t, b, r.Method, filled(r), secret)
		switch {
		case r.Policy >= gate.Administrator && w.Code != http.StatusForbidden:
			t.Errorf("%s %s: %d, and not refused", r.Method, r.Pattern, w.Code)
		case r.Policy < gate.Administrator && r.Method == "POST" && w.Code < 300:
			t.Errorf("%s %s: %d", r.Method, r.Pattern, w.Code)
		case r.Policy < gate.Administrator && r.Method == "GET" && w.Code >= 400 && !strings.Contains(r.Pattern, "{"):
			t.Errorf("%s %s: %d", r.Method, r.Pattern, w.Code)
		}
	}
	if after := state(t, b); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// Before the first password is changed, nothing opens but the change and the
// way out.
func TestNothingOpensBeforeThePasswordIsChanged(t *testing.T) {
	b := appliancetest.Build(t, appliancetest.Options{})
	secret, _, err := b.Accounts.SignIn(t.Context(), audit.Actor{Address: "192.0.2.9"}, "admin", appliancetest.First, "test", account.KindWeb)
	if err != nil {
		t.Fatal(err)
	}
	before := state(t, b)
	for _, r := range b.Pages.Routes() {
		if r.AllowMustChange || r.Policy == gate.Public {
			continue
		}
		targets := []string{filled(r)}
		for _, m := range mutations {
			targets = append(targets, m(filled(r)))
		}
		for _, target := range targets {
			w := send(t, b, r.Method, target, secret)
			if w == nil || w.Code >= 400 && w.Code < 500 {
				continue
			}
			if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/appliance/change-password" {
				t.Errorf("%s %q: %d, to %q", r.Method, target, w.Code, w.Header().Get("Location"))
			}
		}
	}
	if after := state(t, b); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}
