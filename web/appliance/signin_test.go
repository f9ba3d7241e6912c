// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

func TestFirstSignInEndsInANewPassword(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{})
	browser := b.Browser(t)
	if a := browser.Get("/appliance/users"); a.Status != 303 || a.Location != "/appliance/sign-in?next=%2Fappliance%2Fusers" {
		t.Fatalf("a stranger: %d %s", a.Status, a.Location)
	}
	if a := browser.Get("/appliance/sign-in?next=/appliance/users"); !a.Shows(`name="next" value="/appliance/users"`) {
		t.Error("the page to come back to is lost")
	}
	a := browser.Post("/appliance/sign-in", "username", "admin", "password", appliancetest.First, "next", "/appliance/users")
	if a.Status != 303 || a.Location != "/appliance/change-password" {
		t.Fatalf("%d %s", a.Status, a.Location)
	}
	if a := browser.Get("/appliance/users"); a.Location != "/appliance/change-password" {
		t.Errorf("another page opens: %d %s", a.Status, a.Location)
	}
	for _, wrong := range [][3]string{{"nope", appliancetest.Password, appliancetest.Password}, {"password", "x", "x"}, {"password", appliancetest.Password, "other"}} {
		if a := browser.Post("/appliance/change-password", "old", wrong[0], "new", wrong[1], "again", wrong[2]); a.Status != 422 {
			t.Errorf("%v: %d", wrong, a.Status)
		}
	}
	if a := browser.Post("/appliance/change-password", "old", "password", "new", appliancetest.Password, "again", appliancetest.Password); a.Location != "/appliance?done=password-changed" {
		t.Fatalf("%d %s %s", a.Status, a.Location, a.Body)
	}
	if a := browser.Get("/appliance?done=password-changed"); a.Location != "/appliance/status/basics?done=password-changed" {
		t.Errorf("the start leads to %s", a.Location)
	}
	if a := browser.Get("/appliance/status/basics?done=password-changed"); a.Status != 200 || !a.Shows("The password was changed.") {
		t.Errorf("%d", a.Status)
	}
	if a := browser.Post("/appliance/sign-out"); a.Location != "/appliance/sign-in?done=signed-out" || browser.Secret() != "" {
		t.Errorf("signing out: %d %s", a.Status, a.Location)
	}
	if a := browser.Get("/appliance/users"); a.Status != 303 {
		t.Errorf("after signing out: %d", a.Status)
	}
}

func TestCookieIsLockedIn(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.Browser(t)
	a := browser.Post("/appliance/sign-in", "username", "admin", "password", appliancetest.Password)
	cookie := a.Header.Get("Set-Cookie")
	if want := gate.Cookie + "=" + browser.Secret() + "; Path=/; HttpOnly; Secure; SameSite=Strict"; cookie != want {
		t.Errorf("got  %s\nwant %s", cookie, want)
	}
	if len(browser.Secret()) < 43 {
		t.Errorf("the secret has %d characters", len(browser.Secret()))
	}
	old := browser.Secret()
	browser.Post("/appliance/sign-in", "username", "admin", "password", appliancetest.Password)
	if browser.Secret() == old {
		t.Error("a new sign-in keeps the secret")
	}
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	for _, next := range []string{"https://evil.example.com", "//evil.example.com", "/login", "/appliance/../login", ""} {
		if a := b.Browser(t).Post("/appliance/sign-in", "username", "admin", "password", appliancetest.Password, "next", next); a.Location != "/appliance" {
			t.Errorf("%q leads to %q", next, a.Location)
		}
	}
}

// The answer to a wrong password is the same whether the name exists or not,
// up to the lock.
func TestSignInDoesNotTellWhoExists(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.Browser(t)
	for i := range 7 {
		known := browser.Post("/appliance/sign-in", "username", "admin", "password", "x")
		unknown := browser.Post("/appliance/sign-in", "username", "nobody", "password", "x")
		if known.Status != 422 || unknown.Status != 422 || known.Shows("locked") != unknown.Shows("locked") {
			t.Errorf("attempt %d: %d %d", i+1, known.Status, unknown.Status)
		}
	}
	if a := browser.Post("/appliance/sign-in", "username", "admin", "password", appliancetest.Password); a.Status != 422 || !a.Shows("locked") {
		t.Errorf("the right password while locked: %d", a.Status)
	}
	b.Time.Pass(31 * time.Minute)
	if a := browser.Post("/appliance/sign-in", "username", "admin", "password", appliancetest.Password); a.Status != 303 {
		t.Errorf("after the lock: %d", a.Status)
	}
}

func TestAHundredWrongPasswordsAreInTheLog(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.Browser(t)
	limited := 0
	for range 100 {
		if browser.Post("/appliance/sign-in", "username", "admin", "password", "x").Status == 429 {
			limited++
		}
	}
	if limited == 0 {
		t.Error("an address may try as often as it likes")
	}
	b.Time.Pass(2 * time.Minute)
	browser.Get("/appliance/sign-in")
	events, err := b.Audit.List(t.Context(), audit.Filter{Action: "sign-in"})
	if err != nil {
		t.Fatal(err)
	}
	refused, floods := int64(0), 0
	for _, e := range events {
		if e.Outcome == audit.Refused {
			refused += max(e.Count, 1)
		}
		if e.Object == "/appliance/sign-in" {
			floods++
		}
	}
	if refused < 5 || floods != 1 {
		t.Errorf("the log has %d refusals and %d floods: %+v", refused, floods, events)
	}
}

func TestSessionEndsWithTime(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	b.Time.Pass(31 * time.Minute)
	if a := browser.Get("/appliance/users"); a.Status != 303 {
		t.Errorf("after half an hour of nothing: %d", a.Status)
	}
}

func TestThemeIsRemembered(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{})
	browser := b.Browser(t)
	for _, step := range []struct{ choose, shown string }{{"dark", `data-theme="dark"`}, {"light", `data-theme="light"`}, {"system", `<html lang="en">`}, {"<script>", `<html lang="en">`}} {
		if a := browser.Post("/appliance/theme", "theme", step.choose, "from", "/appliance/sign-in"); a.Location != "/appliance/sign-in" {
			t.Fatalf("%d %s", a.Status, a.Location)
		}
		if a := browser.Get("/appliance/sign-in"); !a.Shows(step.shown) {
			t.Errorf("%s is not shown", step.choose)
		}
	}
	if a := browser.Post("/appliance/theme", "theme", "dark", "from", "//evil.example.com"); a.Location != "/appliance" {
		t.Errorf("leads to %s", a.Location)
	}
}
