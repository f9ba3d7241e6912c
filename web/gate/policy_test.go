// SPDX-License-Identifier: Apache-2.0

package gate_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

// policies has a route of every policy, for pages and for programs, with and
// without a change; all count into one counter.
func policies(c *calls) []gate.Route {
	var routes []gate.Route
	for name, p := range map[string]gate.Policy{"public": gate.Public, "signed": gate.SignedIn, "admin": gate.Administrator} {
		for _, prefix := range []string{"/appliance/t/", "/appliance/api/v1/t/"} {
			scope := "t:" + name
			if p == gate.Public || !strings.Contains(prefix, "api") {
				scope = ""
			}
			routes = append(routes,
				gate.Route{Method: "GET", Pattern: prefix + name, Policy: p, Scope: scope, Handler: c.handler},
				gate.Route{Method: "POST", Pattern: prefix + name, Policy: p, Scope: scope, Handler: c.handler})
		}
	}
	return append(routes,
		gate.Route{Method: "POST", Pattern: "/appliance/t/again", Policy: gate.AdministratorReauth, Handler: c.handler},
		gate.Route{Method: "POST", Pattern: "/appliance/t/self", Policy: gate.SignedInReauth, Handler: c.handler},
		gate.Route{Method: "POST", Pattern: "/appliance/api/v1/t/again", Policy: gate.AdministratorReauth, Scope: "t:again", Handler: c.handler},
		gate.Route{Method: "GET", Pattern: "/appliance/api/v1/t/noscope", Policy: gate.SignedIn, Handler: c.handler},
		gate.Route{Method: "GET", Pattern: "/appliance/t/before", Policy: gate.SignedIn, AllowMustChange: true, Handler: c.handler},
	)
}

const readerPassword = "paper boats on a pond"

// people has an administrator and a reader.
func people(t *testing.T, c *calls) *appliancetest.Box {
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Routes: policies(c)})
	_, err := b.Accounts.Add(t.Context(), audit.System, account.NewUser{Username: "carol", Password: readerPassword, Role: account.ReadOnly})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPolicyByRoleAndMethod(t *testing.T) {
	var c calls
	b := people(t, &c)
	browsers := map[string]*appliancetest.Browser{
		"nobody": b.Browser(t), "carol": b.SignIn(t, "carol", readerPassword), "admin": b.SignIn(t, "admin", appliancetest.Password),
	}
	want := map[string]map[string]int{
		"nobody": {"public": 204, "signed": 303, "admin": 303},
		"carol":  {"public": 204, "signed": 204, "admin": 403},
		"admin":  {"public": 204, "signed": 204, "admin": 204},
	}
	for who, browser := range browsers {
		for name, status := range want[who] {
			for _, prefix := range []string{"/appliance/t/", "/appliance/api/v1/t/"} {
				for _, method := range []string{"GET", "HEAD", "POST"} {
					expect := status
					if expect == 303 && strings.Contains(prefix, "api") {
						expect = 401
					}
					before := c.n.Load()
					a := browser.Do(method, prefix+name, "", nil)
					if reached := c.n.Load() > before; a.Status != expect || reached != (expect == 204) {
						t.Errorf("%s %s %s%s: %d, reached %t, want %d", who, method, prefix, name, a.Status, reached, expect)
					}
				}
			}
		}
	}
	if a := browsers["nobody"].Get("/appliance/t/signed"); a.Location != "/appliance/sign-in?next=%2Fappliance%2Ft%2Fsigned" {
		t.Errorf("sent to %q", a.Location)
	}
	if a := browsers["nobody"].Get("/appliance/live"); a.Status != 401 || a.Location != "" {
		t.Errorf("the stream of a page is answered %d, and sent to %q", a.Status, a.Location)
	}
}

// A form that was sent without a session is not lost in silence: the sign-in
// says so, and leads to the page that the form is on.
func TestAFormWithoutASessionIsToldSo(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	for path, next := range map[string]string{
		"/appliance/networking/ip/global":                                     "/appliance/networking/ip",
		"/appliance/networking/addresses/a1/preview":                          "/appliance/networking/addresses/a1",
		"/appliance/users":                                                    "/appliance/users/new",
		"/appliance/users/2":                                                  "/appliance/users/2",
		"/appliance/users/2/unlock":                                           "/appliance/users/2",
		"/appliance/my-account/password":                                      "/appliance/my-account",
		"/appliance/updates/upload":                                           "/appliance/updates/upload", // whose GET leads to Updates
		"/appliance/security/configuration-history/4/revert":                  "/appliance/security/configuration-history/4",
		"/appliance/status/clock":                                             "",
		"/appliance/sign-out":                                                 "",
		"/appliance/status/health/network.fallback/acknowledge":               "/appliance/status/health",
		"/appliance/updates/packages/" + strings.Repeat("a", 64) + "/install": "/appliance/updates/packages/" + strings.Repeat("a", 64),
	} {
		want := "/appliance/sign-in?"
		if next != "" {
			want += url.Values{"next": {next}}.Encode() + "&"
		}
		want += "unsent=1"
		if a := b.Browser(t).Post(path, "x", "y"); a.Status != 303 || a.Location != want {
			t.Errorf("%s: %d to %q, want %q", path, a.Status, a.Location, want)
		}
	}
	browser := b.Browser(t)
	const says = "Your session has ended. Nothing was changed."
	if a := browser.Get("/appliance/sign-in?unsent=1"); a.Status != 200 || !a.Shows(says) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if browser.Get("/appliance/sign-in").Shows(says) || browser.Get("/appliance/sign-in?unsent=Other+words").Shows("Other words") {
		t.Error("it is said without a form, or says something else")
	}
}

func TestMustChangeOpensNothingElse(t *testing.T) {
	var c calls
	b := appliancetest.New(t, appliancetest.Options{Routes: policies(&c)})
	browser := b.SignIn(t, "admin", appliancetest.First)
	for _, path := range []string{"/appliance/t/signed", "/appliance/t/admin", "/appliance", "/appliance/status/basics"} {
		if a := browser.Get(path); a.Status != 303 || a.Location != "/appliance/change-password" {
			t.Errorf("%s: %d %s", path, a.Status, a.Location)
		}
	}
	if a := browser.Get("/appliance/api/v1/t/signed"); a.Status != 403 || !a.Shows("password-change-required") {
		t.Errorf("the API: %d %s", a.Status, a.Body)
	}
	if c.n.Load() != 0 {
		t.Errorf("%d calls came through", c.n.Load())
	}
	if a := browser.Get("/appliance/t/before"); a.Status != 204 {
		t.Errorf("what is allowed before: %d", a.Status)
	}
}

func TestCrossOriginChangesNothing(t *testing.T) {
	var c calls
	b := people(t, &c)
	browser := b.SignIn(t, "admin", appliancetest.Password)
	for name, h := range map[string]http.Header{
		"cross-site":         {"Sec-Fetch-Site": {"cross-site"}},
		"same-site":          {"Sec-Fetch-Site": {"same-site"}},
		"origin elsewhere":   {"Sec-Fetch-Site": nil, "Origin": {"https://evil.example.com"}},
		"origin of no place": {"Sec-Fetch-Site": nil, "Origin": {"null"}},
	} {
		for _, path := range []string{"/appliance/t/admin", "/appliance/t/public", "/appliance/api/v1/t/admin"} {
			if a := browser.Do("POST", path, "", h); a.Status != 403 && a.Status != 401 {
				t.Errorf("%s %s: %d", name, path, a.Status)
			}
		}
	}
	if a := browser.Do("POST", "/appliance/api/v1/t/admin", "", http.Header{"Sec-Fetch-Site": nil}); a.Status != 401 {
		t.Errorf("the API takes a cookie of unknown origin: %d", a.Status)
	}
	if c.n.Load() != 0 {
		t.Errorf("%d calls came through", c.n.Load())
	}
}

func TestTokensNeedTheirScope(t *testing.T) {
	var c calls
	b := people(t, &c)
	admin, err := b.Accounts.User(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := b.Accounts.NewToken(t.Context(), audit.System, admin.ID, "test", []string{"t:signed", "t:again"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	bearer := http.Header{"Authorization": {"Bearer " + secret}, "Sec-Fetch-Site": nil}
	for _, call := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/appliance/api/v1/t/signed", 204}, {"POST", "/appliance/api/v1/t/signed", 204}, {"POST", "/appliance/api/v1/t/again", 204},
		{"GET", "/appliance/api/v1/t/admin", 403}, {"GET", "/appliance/api/v1/t/noscope", 403},
		{"GET", "/appliance/t/signed", 303}, // pages do not take tokens
	} {
		if a := b.Browser(t).Do(call.method, call.path, "", bearer); a.Status != call.status {
			t.Errorf("%s %s: %d, want %d: %s", call.method, call.path, a.Status, call.status, a.Body)
		}
	}
	for _, header := range []string{"Bearer", "Bearer ", "bearer " + secret, "Basic " + secret, secret, "Bearer x" + secret} {
		if a := b.Browser(t).Do("GET", "/appliance/api/v1/t/signed", "", http.Header{"Authorization": {header}}); a.Status != 401 || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%.12q: %d", header, a.Status)
		}
	}
}

func TestKindsOfSessionDoNotMix(t *testing.T) {
	var c calls
	b := people(t, &c)
	web := b.SignIn(t, "admin", appliancetest.Password).Secret()
	if a := b.Browser(t).Do("GET", "/appliance/api/v1/t/signed", "", http.Header{"Authorization": {"Bearer " + web}}); a.Status != 401 {
		t.Errorf("a page's session opens the API as a bearer: %d", a.Status)
	}
	api, _, err := b.Accounts.SignIn(t.Context(), audit.Actor{Address: "192.0.2.9"}, "admin", appliancetest.Password, "test", account.KindAPI)
	if err != nil {
		t.Fatal(err)
	}
	if a := b.Browser(t).Do("GET", "/appliance/t/signed", "", http.Header{"Cookie": {gate.Cookie + "=" + api}}); a.Status != 303 {
		t.Errorf("a program's session opens pages: %d", a.Status)
	}
	if a := b.Browser(t).Do("GET", "/appliance/t/signed", "", http.Header{"Cookie": {gate.Cookie + "=" + web + "; " + gate.Cookie + "=" + web}}); a.Status != 303 {
		t.Errorf("two cookies of one name are taken: %d", a.Status)
	}
}
