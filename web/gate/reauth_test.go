// SPDX-License-Identifier: Apache-2.0

package gate_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

func TestDangerousActsAskForThePassword(t *testing.T) {
	var got http.Request
	var c calls
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Routes: []gate.Route{
		{Method: "POST", Pattern: "/appliance/t/{what}", Policy: gate.AdministratorReauth, Handler: func(w http.ResponseWriter, r *http.Request) {
			got = *r
			c.handler(w, r)
		}},
	}})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	form := []string{"a", "1", "b", "<&\"", "b", "2"}

	a := browser.Post("/appliance/t/x", form...)
	if a.Status != 403 || !a.Shows(`action="/appliance/t/x"`) || !a.Shows(`name="a" value="1"`) || !a.Shows(`name="b" value="&lt;&amp;&#34;"`) || !a.Shows(`name="b" value="2"`) {
		t.Fatalf("the page that asks: %d %s", a.Status, a.Body)
	}
	a = browser.Post("/appliance/t/x", append(form, gate.PasswordField, "wrong")...)
	if a.Status != 422 || !a.Shows("not the password") || a.Shows(`value="wrong"`) || c.n.Load() != 0 {
		t.Fatalf("with a wrong password: %d %s", a.Status, a.Body)
	}
	a = browser.Post("/appliance/t/x", append(form, gate.PasswordField, appliancetest.Password)...)
	if a.Status != 204 || got.PostForm.Has(gate.PasswordField) || strings.Join(got.PostForm["b"], "|") != "<&\"|2" {
		t.Fatalf("with the password: %d %v", a.Status, got.PostForm)
	}
	if a = browser.Post("/appliance/t/x", form...); a.Status != 204 {
		t.Fatalf("shortly after: %d", a.Status)
	}
	b.Time.Pass(11 * time.Minute)
	if a = browser.Post("/appliance/t/x", form...); a.Status != 403 {
		t.Fatalf("long after: %d", a.Status)
	}
	if n := c.n.Load(); n != 2 {
		t.Errorf("the act was done %d times", n)
	}
}

// The page that asks says what for, and an empty field is not a wrong password.
func TestThePageThatAsksNamesTheAct(t *testing.T) {
	var c calls
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Routes: []gate.Route{
		{Method: "POST", Pattern: "/appliance/t/named", Policy: gate.AdministratorReauth, Act: "paint the appliance", Handler: c.handler},
	}})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	if a := browser.Post("/appliance/t/named"); a.Status != 403 || !a.Shows("To paint the appliance, enter your password once more.") {
		t.Errorf("the page that asks: %d %s", a.Status, a.Body)
	}
	for range 10 {
		a := browser.Post("/appliance/t/named", gate.PasswordField, "")
		if a.Status != 422 || !a.Shows("Enter your password.") || a.Shows("not the password") || !a.Shows("To paint the appliance") {
			t.Fatalf("an empty field: %d %s", a.Status, a.Body)
		}
	}
	if a := browser.Post("/appliance/t/named", gate.PasswordField, appliancetest.Password); a.Status != 204 || c.n.Load() != 1 {
		t.Errorf("with the password: %d", a.Status)
	}
}

// A handler that shows its form again after the password was given knows that it
// was: it does not ask for it a second time.
func TestTheHandlerKnowsThatThePasswordWasGiven(t *testing.T) {
	var until time.Time
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Routes: []gate.Route{
		{Method: "POST", Pattern: "/appliance/t/x", Policy: gate.AdministratorReauth, Handler: func(_ http.ResponseWriter, r *http.Request) {
			p, _ := gate.From(r.Context())
			until = p.Session.ReauthUntil
		}},
	}})
	b.SignIn(t, "admin", appliancetest.Password).Post("/appliance/t/x", gate.PasswordField, appliancetest.Password)
	if !until.After(b.Time.Now()) {
		t.Errorf("the password counts until %v", until)
	}
}

func TestWrongPasswordsLockTheAccount(t *testing.T) {
	var c calls
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Routes: policies(&c)})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	var a appliancetest.Answer
	for range 6 {
		a = browser.Post("/appliance/t/again", gate.PasswordField, "wrong")
	}
	if a.Status != 422 || !a.Shows("locked") || c.n.Load() != 0 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a = browser.Post("/appliance/t/again", gate.PasswordField, appliancetest.Password); a.Status != 422 {
		t.Errorf("the right password while locked: %d", a.Status)
	}
}

func TestProgramsAreToldToGiveThePassword(t *testing.T) {
	var c calls
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Routes: policies(&c)})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	a := browser.Do("POST", "/appliance/api/v1/t/again", "", nil)
	if a.Status != 403 || !a.Shows("reauthentication-required") || c.n.Load() != 0 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
