// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"testing"

	"understudy/appliance/client/applianceapi"
	"understudy/web/api/apitest"
)

// What a program has the appliance reach for stands in the audit log, as what a
// person does on the page.
func TestUtilitiesAreAudited(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	must[applianceapi.PingResult](t)(admin.Ping(ctx, applianceapi.PingRequest{Host: "192.0.2.1", Count: 1}))
	must[applianceapi.LookupResult](t)(admin.Lookup(ctx, applianceapi.LookupRequest{Name: "box.example", Type: "A"}))
	must[applianceapi.TCPTestResult](t)(admin.TCPTest(ctx, applianceapi.TCPTestRequest{Host: "192.0.2.1", Port: 9}))
	for action, want := range map[string]struct{ object, detail string }{
		"support.ping": {"192.0.2.1", "Answered"}, "support.dns": {"box.example", "No answer"}, "support.tcp": {"192.0.2.1", "Not connected"},
	} {
		events := must[applianceapi.List[applianceapi.AuditEvent]](t)(admin.Audit(ctx, applianceapi.AuditFilter{Action: action})).Items
		if len(events) != 1 || events[0].Object != want.object || events[0].Detail != want.detail || events[0].By.Name != apitest.Username || events[0].By.Via != "api" {
			t.Errorf("%s: %+v, want %+v", action, events, want)
		}
	}
}
