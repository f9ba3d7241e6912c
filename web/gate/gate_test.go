// SPDX-License-Identifier: Apache-2.0

package gate_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

// calls counts how often a handler was reached.
type calls struct{ n atomic.Int64 }

func (c *calls) handler(w http.ResponseWriter, r *http.Request) {
	c.n.Add(1)
	w.WriteHeader(http.StatusNoContent)
}

func TestNewRefusesRoutesThatSayTooLittle(t *testing.T) {
	h := func(http.ResponseWriter, *http.Request) {}
	ok := gate.Route{Method: "GET", Pattern: "/appliance/x", Policy: gate.SignedIn, Handler: h}
	change := func(f func(*gate.Route)) gate.Route { r := ok; f(&r); return r }
	b := appliancetest.Build(t, appliancetest.Options{})
	config := gate.Config{Accounts: b.Accounts, Pages: b.Pages}
	for name, routes := range map[string][]gate.Route{
		"no policy":             {change(func(r *gate.Route) { r.Policy = gate.Unset })},
		"unknown policy":        {change(func(r *gate.Route) { r.Policy = 99 })},
		"no handler":            {change(func(r *gate.Route) { r.Handler = nil })},
		"no method":             {change(func(r *gate.Route) { r.Method = "" })},
		"odd method":            {change(func(r *gate.Route) { r.Method = "TRACE" })},
		"outside":               {change(func(r *gate.Route) { r.Pattern = "/login" })},
		"outside by a letter":   {change(func(r *gate.Route) { r.Pattern = "/applianceX" })},
		"wildcard":              {change(func(r *gate.Route) { r.Pattern = "/appliance/*" })},
		"public with a scope":   {change(func(r *gate.Route) { r.Policy, r.Scope = gate.Public, "a:read" })},
		"password in a file":    {change(func(r *gate.Route) { r.Method, r.Policy, r.Upload = "POST", gate.AdministratorReauth, true })},
		"password for a look":   {change(func(r *gate.Route) { r.Policy = gate.AdministratorReauth })},
		"twice":                 {ok, ok},
		"twice by another name": {change(func(r *gate.Route) { r.Pattern = "/appliance/{a}" }), change(func(r *gate.Route) { r.Pattern = "/appliance/{b}" })},
	} {
		if _, err := gate.New(config, routes); err == nil {
			t.Errorf("%s: the gate starts", name)
		}
	}
	if _, err := gate.New(config, []gate.Route{ok}); err != nil {
		t.Error(err)
	}
	if _, err := gate.New(gate.Config{}, nil); err == nil {
		t.Error("a gate without accounts starts")
	}
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	b := appliancetest.New(t, appliancetest.Options{})
	browser := b.Browser(t)
	for _, path := range []string{"/appliance", "/appliance/sign-in", "/appliance/no-such-page", "/appliance/a//b"} {
		a := browser.Get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy": csp, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store", "X-Frame-Options": "DENY", "Strict-Transport-Security": "",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if strings.Contains(a.Body, "3.3.2") || strings.Contains(a.Body, "goroutine") {
			t.Errorf("%s shows a version or a trace before sign-in", path)
		}
	}
}

func TestHSTSNeedsATrustedCertificate(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Gate: gate.Config{Trusted: func() bool { return true }}})
	if got := b.Browser(t).Get("/appliance/sign-in").Header.Get("Strict-Transport-Security"); got == "" {
		t.Error("no HSTS with a trusted certificate")
	}
}

func TestPanicBecomesAPageWithoutATrace(t *testing.T) {
	var told atomic.Int64
	b := appliancetest.New(t, appliancetest.Options{
		Changed: true,
		Routes: []gate.Route{
			{Method: "GET", Pattern: "/appliance/panic", Policy: gate.SignedIn, Handler: func(http.ResponseWriter, *http.Request) { panic("the secret cause") }},
			{Method: "GET", Pattern: "/appliance/api/v1/panic", Policy: gate.SignedIn, Handler: func(http.ResponseWriter, *http.Request) { panic("the secret cause") }},
		},
		Gate: gate.Config{OnFailure: func(*http.Request, string, any, []byte) { told.Add(1) }},
	})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	for _, path := range []string{"/appliance/panic", "/appliance/api/v1/panic"} {
		a := browser.Get(path)
		if a.Status != 500 || strings.Contains(a.Body, "secret cause") || strings.Contains(a.Body, "goroutine") || !strings.Contains(strings.ToLower(a.Body), "reference") {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
	if told.Load() != 2 {
		t.Errorf("told of %d failures", told.Load())
	}
}

// What stops because the caller has left, or the program ends, is no failure of
// ours; the same error while he waits is one.
func TestFailuresOfThoseWhoLeft(t *testing.T) {
	var told atomic.Int64
	stopped := fmt.Errorf("resume a session: %w", context.Canceled)
	b := appliancetest.New(t, appliancetest.Options{
		Changed: true,
		Routes: []gate.Route{
			{Method: "GET", Pattern: "/appliance/left", Policy: gate.SignedIn, Handler: func(w http.ResponseWriter, r *http.Request) {
				ctx, leave := context.WithCancel(r.Context())
				leave()
				gate.Fail(w, r.WithContext(ctx), stopped)
			}},
			{Method: "GET", Pattern: "/appliance/waits", Policy: gate.SignedIn, Handler: func(w http.ResponseWriter, r *http.Request) { gate.Fail(w, r, stopped) }},
		},
		Gate: gate.Config{OnFailure: func(*http.Request, string, any, []byte) { told.Add(1) }},
	})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	for path, want := range map[string]struct {
		status int
		told   int64
	}{"/appliance/left": {503, 0}, "/appliance/waits": {500, 1}} {
		told.Store(0)
		if a := browser.Get(path); a.Status != want.status || told.Load() != want.told {
			t.Errorf("%s: %d, told of %d failures, want %v", path, a.Status, told.Load(), want)
		}
	}
}

// A panic is one whoever is there to see it, also if its cause is that he left.
func TestPanicForSomebodyWhoLeft(t *testing.T) {
	asked, told := make(chan struct{}), make(chan any, 1)
	b := appliancetest.New(t, appliancetest.Options{
		Routes: []gate.Route{
			{Method: "GET", Pattern: "/appliance/panics", Policy: gate.Public, Handler: func(_ http.ResponseWriter, r *http.Request) {
				close(asked)
				<-r.Context().Done()
				panic(r.Context().Err())
			}},
		},
		Gate: gate.Config{OnFailure: func(_ *http.Request, _ string, cause any, _ []byte) { told <- cause }},
	})
	at, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", at.Host, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /appliance/panics HTTP/1.1\r\nHost: %s\r\n\r\n", at.Host)
	<-asked
	conn.Close()
	if cause := <-told; cause != context.Canceled {
		t.Errorf("told of %v", cause)
	}
}

func TestWrongMethodNamesTheRightOnes(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{})
	browser := b.Browser(t)
	for _, method := range []string{"DELETE", "PUT", "PATCH", "OPTIONS", "PROPFIND"} {
		a := browser.Do(method, "/appliance/sign-in", "", nil)
		if a.Status != 405 || a.Header.Get("Allow") != "GET, HEAD, POST" {
			t.Errorf("%s: %d, Allow %q", method, a.Status, a.Header.Get("Allow"))
		}
	}
	if a := browser.Do("HEAD", "/appliance/sign-in", "", nil); a.Status != 200 || a.Body != "" {
		t.Errorf("HEAD: %d %q", a.Status, a.Body)
	}
}

// A file is read by its handler, whatever its type, up to the route's cap.
func TestUploads(t *testing.T) {
	var got int64
	var failed error
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Routes: []gate.Route{
		{Method: "POST", Pattern: "/appliance/t/file", Policy: gate.Administrator, Upload: true, MaxBody: 3 << 20, Handler: func(w http.ResponseWriter, r *http.Request) {
			got, failed = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusNoContent)
		}},
	}})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	multipart := http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}
	if a := browser.Do("POST", "/appliance/t/file", strings.Repeat("x", 2<<20), multipart); a.Status != 204 || got != 2<<20 || failed != nil {
		t.Errorf("2 MiB: %d, %d bytes, %v", a.Status, got, failed)
	}
	if a := browser.Do("POST", "/appliance/t/file", strings.Repeat("x", 4<<20), multipart); a.Status != 413 {
		t.Errorf("more than the cap: %d", a.Status)
	}
}
