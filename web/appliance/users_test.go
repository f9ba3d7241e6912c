// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"strings"
	"testing"

	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

// again is what a form carries once the page has asked for the password.
func again(fields ...string) []string {
	return append(fields, gate.PasswordField, appliancetest.Password)
}

func TestUsersFromAddToDelete(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	fields := []string{"username", "carol", "display-name", "Carol", "role", "read-only", "password", readerPassword}
	if a := browser.Post("/appliance/users", fields...); a.Status != 403 || !a.Shows("Confirm with your password") || !a.Shows(`name="username" value="carol"`) {
		t.Fatalf("without the password: %d", a.Status)
	}
	if a := browser.Post("/appliance/users", again(fields...)...); a.Location != "/appliance/users?done=user-added" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	// The password counts for some minutes.
	for field, wrong := range map[string][]string{
		"username": {"username", "Two Words", "role", "read-only", "password", readerPassword},
		"password": {"username", "dave", "role", "read-only", "password", "short"},
		"role":     {"username", "dave", "role", "king", "password", readerPassword},
	} {
		a := browser.Post("/appliance/users", wrong...)
		if a.Status != 422 || !a.Shows(`id="`+field+`-error"`) || a.Shows(`value="short"`) {
			t.Errorf("%s: %d", field, a.Status)
		}
	}
	if a := browser.Post("/appliance/users", fields...); a.Status != 422 || !a.Shows(`id="username-error"`) {
		t.Errorf("the same name again: %d", a.Status)
	}
	carol := b.SignIn(t, "carol", readerPassword)
	if a := browser.Post("/appliance/users/2", "display-name", "Carol II", "role", "administrator", "enabled", "on"); a.Location != "/appliance/users?done=user-changed" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := carol.Get("/appliance/users/new"); a.Status != 200 {
		t.Errorf("the new role does not hold at once: %d", a.Status)
	}
	if a := browser.Post("/appliance/users/2", "display-name", "", "role", "administrator"); a.Status != 303 {
		t.Fatalf("disabling: %d", a.Status)
	}
	if a := carol.Get("/appliance/users"); a.Status != 303 || !strings.HasPrefix(a.Location, "/appliance/sign-in") {
		t.Errorf("a disabled user is still in: %d", a.Status)
	}
	if a := browser.Post("/appliance/users/2/delete"); a.Location != "/appliance/users?done=user-deleted" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := browser.Get("/appliance/users/2"); a.Status != 404 {
		t.Errorf("a deleted user: %d", a.Status)
	}
	for _, id := range []string{"0", "-1", "x", "99999999999999999999"} {
		if a := browser.Get("/appliance/users/" + id); a.Status != 404 {
			t.Errorf("user %s: %d", id, a.Status)
		}
	}
}

func TestLastAdministratorStays(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	for name, a := range map[string]appliancetest.Answer{
		"delete":  browser.Post("/appliance/users/1/delete", again()...),
		"disable": browser.Post("/appliance/users/1", again("role", "administrator")...),
		"demote":  browser.Post("/appliance/users/1", again("role", "read-only", "enabled", "on")...),
	} {
		if a.Status != 422 || !a.Shows(`role="alert"`) {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
}

func TestNobodyDeletesTheirOwnAccount(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	furnish(t, b) // with a second administrator
	if a := b.SignIn(t, "admin", appliancetest.Password).Post("/appliance/users/1/delete", again()...); a.Status != 422 || !a.Shows("This is your own account: another administrator can delete it.") {
		t.Errorf("%d", a.Status)
	}
}

func TestUnlock(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	furnish(t, b)
	browser := b.SignIn(t, "admin", appliancetest.Password)
	if a := browser.Get("/appliance/users/3"); !a.Shows("Locked for") {
		t.Error("the lock is not shown")
	}
	if a := browser.Post("/appliance/users/3/unlock"); a.Location != "/appliance/users?done=user-unlocked" {
		t.Fatalf("%d", a.Status)
	}
	b.SignIn(t, "dave", "a kettle on the stove")
}

func TestOwnAccount(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	furnish(t, b)
	carol := b.SignIn(t, "carol", readerPassword)
	other := b.SignIn(t, "carol", readerPassword)
	if a := carol.Post("/appliance/my-account/name", "display-name", "C."); a.Location != "/appliance/my-account?done=name-changed" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := carol.Post("/appliance/my-account/password", "old", readerPassword, "new", "an anvil under water", "again", "an anvil under water"); a.Status != 303 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := other.Get("/appliance/users"); a.Status != 303 {
		t.Error("the other session did not end with the old password")
	}
	if a := carol.Get("/appliance/my-account"); a.Status != 200 {
		t.Errorf("the own session ended: %d", a.Status)
	}
	if a := carol.Get("/appliance/my-account"); a.Shows("users:write") || !a.Shows("tasks:read") {
		t.Error("a reader is offered what the role does not allow")
	}
	admin := b.SignIn(t, "admin", appliancetest.Password)
	for _, s := range sessionsOf(t, b, "admin") {
		if a := carol.Post("/appliance/my-account/sessions/" + s + "/end"); a.Status != 404 {
			t.Errorf("somebody else's session: %d", a.Status)
		}
	}
	if a := admin.Get("/appliance/users"); a.Status != 200 {
		t.Error("somebody else's session was ended")
	}
	if a := carol.Post("/appliance/my-account/tokens/1/revoke"); a.Status != 404 {
		t.Errorf("somebody else's token: %d", a.Status)
	}
}

func sessionsOf(t *testing.T, b *appliancetest.Box, user string) []string {
	t.Helper()
	sessions, err := b.Accounts.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range sessions {
		if s.Username == user {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func TestTokenIsShownOnce(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	if a := browser.Post("/appliance/my-account/tokens", again("token-name", "ci", "lifetime", "90 days")...); a.Status != 422 || !a.Shows("Choose at least one") {
		t.Errorf("without a scope: %d", a.Status)
	}
	if a := browser.Post("/appliance/my-account/tokens", "token-name", "ci", "lifetime", "for ever", "scope-tasks:read", "on"); a.Status != 422 {
		t.Errorf("for ever: %d", a.Status)
	}
	if a := browser.Post("/appliance/my-account/tokens", "token-name", "", "lifetime", "7 days", "scope-tasks:read", "on"); a.Status != 422 {
		t.Errorf("without a name: %d", a.Status)
	}
	a := browser.Post("/appliance/my-account/tokens", "token-name", "ci", "lifetime", "7 days", "scope-tasks:read", "on", "scope-made:up", "on")
	_, rest, found := strings.Cut(a.Body, `<p class="secret">`)
	secret, _, _ := strings.Cut(rest, "<")
	if a.Status != 200 || !found {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	s, scopes, err := b.Accounts.TokenSession(t.Context(), secret)
	if err != nil || s.Username != "admin" || strings.Join(scopes, " ") != "tasks:read" {
		t.Errorf("the token opens %+v for %v, %v", s, scopes, err)
	}
	if a := browser.Get("/appliance/my-account"); a.Shows(secret) || !a.Shows("<strong>ci</strong>") {
		t.Error("the secret is shown again, or the token is not")
	}
	if a := browser.Post("/appliance/my-account/tokens/1/revoke"); a.Location != "/appliance/my-account?done=token-revoked" {
		t.Errorf("%d", a.Status)
	}
	if _, _, err := b.Accounts.TokenSession(t.Context(), secret); err == nil {
		t.Error("a revoked token opens")
	}
}

func TestEndingSessions(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	furnish(t, b)
	carol, admin := b.SignIn(t, "carol", readerPassword), b.SignIn(t, "admin", appliancetest.Password)
	id := sessionsOf(t, b, "carol")[0]
	if a := admin.Post("/appliance/security/sessions/" + id + "/end"); a.Location != "/appliance/security/sessions?done=session-ended" {
		t.Fatalf("%d", a.Status)
	}
	if a := carol.Get("/appliance/users"); a.Status != 303 {
		t.Errorf("the ended session: %d", a.Status)
	}
	if a := admin.Post("/appliance/security/sessions/" + id + "/end"); a.Status != 404 {
		t.Errorf("ended twice: %d", a.Status)
	}
}
