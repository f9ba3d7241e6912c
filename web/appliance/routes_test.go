// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"testing"

	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
	"understudy/web/ui/uitest"
)

// Who may call what, for a review to read.
func TestRouteTable(t *testing.T) {
	b := appliancetest.Build(t, appliancetest.Options{})
	uitest.GoldenTable(t, "routes.txt", b.Gate.Table())
}

// What asks for the password says what it is for.
func TestActsThatAskForThePasswordAreNamed(t *testing.T) {
	b := appliancetest.Build(t, appliancetest.Options{})
	for _, r := range b.Pages.Routes() {
		if asks := r.Policy == gate.AdministratorReauth || r.Policy == gate.SignedInReauth; asks != (r.Act != "") {
			t.Errorf("%s %s asks for the password: %v, and is to %q", r.Method, r.Pattern, asks, r.Act)
		}
	}
}

// Nothing that changes the box is open to who may only look, and nothing but
// the sign-in and its look is open to everyone.
func TestPoliciesAreStrict(t *testing.T) {
	b := appliancetest.Build(t, appliancetest.Options{})
	own := map[string]bool{"/appliance/sign-out": true, "/appliance/change-password": true, "/appliance/sign-in": true, "/appliance/theme": true,
		"/appliance/my-account/name": true, "/appliance/my-account/password": true, "/appliance/my-account/sessions/{id}/end": true,
		"/appliance/my-account/tokens": true, "/appliance/my-account/tokens/{id}/revoke": true}
	for _, r := range b.Pages.Routes() {
		if r.Method != "GET" && r.Policy < gate.Administrator && !own[r.Pattern] {
			t.Errorf("%s %s is open to %s", r.Method, r.Pattern, r.Policy)
		}
	}
}
