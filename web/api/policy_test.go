// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"understudy/appliance/client/applianceapi"
	"understudy/web/api"
	"understudy/web/api/apitest"
	"understudy/web/gate"
	"understudy/web/services"
)

// plainClient makes requests that the typed client cannot. It trusts anybody:
// the certificate is not what these tests are about.
var plainClient = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}

// send makes a request and returns status, content type and body.
func send(t *testing.T, b *apitest.Box, method, path, secret, contentType, text string) (int, string, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.URL()+path, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	res, err := plainClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Content-Type"), string(raw)
}

// concrete is a route's path with something in place of its parameters.
func concrete(pattern string) string {
	return strings.NewReplacer("{id}", "1", "{code}", "none", "{name}", "none.pkg").Replace(pattern)
}

// TestWhoMayCallWhat calls every operation as everybody there is: a stranger, a
// new account that has to change its password, a read-only one, and tokens
// with every scope but the right one.
func TestWhoMayCallWhat(t *testing.T) {
	b := apitest.Start(t)
	ctx := context.Background()
	_, fresh, err := b.Client().SignIn(ctx, applianceapi.Credentials{Username: apitest.Username, Password: apitest.Password})
	if err != nil {
		t.Fatal(err)
	}
	list := api.Routes(&services.Appliance{})
	for _, r := range list {
		if r.Policy == gate.Public {
			continue
		}
		refused(t, b, r, "a stranger", "", http.StatusUnauthorized, "sign-in-required")
		refused(t, b, r, "a forged secret", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", http.StatusUnauthorized, "sign-in-required")
		if !r.AllowMustChange {
			refused(t, b, r, "a new account", fresh.Secret, http.StatusForbidden, "password-change-required")
		}
	}
	admin := b.Administrator()
	addUser(t, admin, "reader", "read-only")
	reader := must[applianceapi.SignedIn](t)(signIn(b, "reader"))
	for _, r := range list {
		if r.Policy >= gate.Administrator {
			refused(t, b, r, "a read-only account", reader.Secret, http.StatusForbidden, "forbidden")
		}
	}
	for _, r := range list {
		if r.Policy == gate.Public {
			continue
		}
		var others []string
		for _, s := range services.Scopes() {
			if s.Name != r.Scope {
				others = append(others, s.Name)
			}
		}
		made := must[applianceapi.CreatedToken](t)(admin.AddToken(ctx, applianceapi.NewToken{Name: "all but one", Scopes: others, Days: 1}))
		refused(t, b, r, "a token without "+r.Scope, made.Secret, http.StatusForbidden, "scope-required")
		if err := admin.RevokeToken(ctx, made.Token.ID); err != nil {
			t.Fatal(err)
		}
	}
}

func signIn(b *apitest.Box, name string) (applianceapi.SignedIn, error) {
	_, in, err := b.Client().SignIn(context.Background(), applianceapi.Credentials{Username: name, Password: "a long enough one"})
	return in, err
}

// refused fails unless the caller gets the problem.
func refused(t *testing.T, b *apitest.Box, r gate.Route, who, secret string, status int, code string) {
	t.Helper()
	got, contentType, text := send(t, b, r.Method, concrete(r.Pattern), secret, "application/json", "{}")
	var p applianceapi.Problem
	if err := json.Unmarshal([]byte(text), &p); err != nil || contentType != "application/problem+json" || got != status || p.Code != code {
		t.Errorf("%s %s by %s: %d %s %.200s; want %d, code %s", r.Method, r.Pattern, who, got, contentType, text, status, code)
	}
	if strings.Contains(text, apitest.Release.Version) || strings.Contains(text, ".go:") {
		t.Errorf("%s %s by %s tells too much: %s", r.Method, r.Pattern, who, text)
	}
}

// TestPasswordAgain calls what asks for the password again without it having
// been given.
func TestPasswordAgain(t *testing.T) {
	b := apitest.Start(t)
	b.Administrator()
	in := must[applianceapi.SignedIn](t)(signInAgain(b))
	for _, r := range api.Routes(&services.Appliance{}) {
		if r.Policy == gate.AdministratorReauth || r.Policy == gate.SignedInReauth {
			refused(t, b, r, "a session of long ago", in.Secret, http.StatusForbidden, "reauthentication-required")
		}
	}
	if got := b.Starts(); got != 1 {
		t.Errorf("the box was started %d times", got)
	}
	client := b.ClientWith(in.Secret)
	if _, err := client.Reauthenticate(context.Background(), "wrong"); err == nil {
		t.Error("a wrong password counts")
	}
	s := must[applianceapi.Session](t)(client.Reauthenticate(context.Background(), apitest.NewPassword))
	if s.ReauthenticatedUntil.IsZero() || !s.Current {
		t.Errorf("after the password was repeated the session is %+v", s)
	}
}

// signInAgain opens a session in which the password was given at sign-in only.
func signInAgain(b *apitest.Box) (applianceapi.SignedIn, error) {
	_, in, err := b.Client().SignIn(context.Background(), applianceapi.Credentials{Username: apitest.Username, Password: apitest.NewPassword})
	return in, err
}

// TestEveryScopeIsOfUse: a scope that opens nothing is a promise not kept.
func TestEveryScopeIsOfUse(t *testing.T) {
	var used []string
	for _, r := range api.Routes(&services.Appliance{}) {
		used = append(used, r.Scope)
	}
	for _, s := range services.Scopes() {
		if !slices.Contains(used, s.Name) {
			t.Errorf("the scope %s opens nothing", s.Name)
		}
	}
}
