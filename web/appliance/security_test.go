// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"strings"
	"testing"

	"understudy/appliance/audit"
	"understudy/web/appliance/appliancetest"
)

func TestAuditIsFilteredPagedExportedAndVerified(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	for range 120 {
		if err := b.Audit.Append(t.Context(), adminActor, audit.Entry{Action: "test.entry", Object: "thing", Outcome: audit.OK, Detail: "<b>detail</b>"}); err != nil {
			t.Fatal(err)
		}
	}
	browser := b.SignIn(t, "admin", appliancetest.Password)
	a := browser.Get("/appliance/security/audit")
	if a.Shows("<b>detail</b>") || !a.Shows("&lt;b&gt;detail") || !a.Shows("Older events") {
		t.Errorf("the first page: %s", a.Body)
	}
	if n := strings.Count(a.Body, "test.entry"); n < 90 || n > 100 {
		t.Errorf("the first page has %d entries", n)
	}
	_, link, _ := strings.Cut(a.Body, `<p class="pager"><a href="`)
	link, _, _ = strings.Cut(link, `"`)
	if older := browser.Get(strings.ReplaceAll(link, "&amp;", "&")); older.Status != 200 || !older.Shows("user.add") {
		t.Errorf("older events at %s: %d", link, older.Status)
	}
	if a := browser.Get("/appliance/security/audit?action=sign-in&who=admin&from=2026-11-20&to=2026-11-20"); a.Shows("test.entry") || !a.Shows("sign-in") {
		t.Error("the filter does not hold")
	}
	if a := browser.Get("/appliance/security/audit?from=2026-11-21"); !a.Shows("No event matches") {
		t.Error("tomorrow has events")
	}
	if a := browser.Get("/appliance/security/audit?from=nonsense&before=x"); a.Status != 200 {
		t.Errorf("a nonsense filter: %d", a.Status)
	}
	a = browser.Get("/appliance/security/audit/verification")
	if !a.Shows("The audit log is whole") {
		t.Errorf("verification: %s", a.Body)
	}
	a = browser.Get("/appliance/security/audit/export")
	report, err := audit.VerifyExport(strings.NewReader(a.Body))
	if err != nil || !report.OK || report.Events < 121 {
		t.Errorf("the export: %+v, %v", report, err)
	}
	if d := a.Header.Get("Content-Disposition"); d != `attachment; filename="audit-20261120-093000.jsonl"` {
		t.Errorf("it is called %s", d)
	}
}

func TestRevisionIsReverted(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	furnish(t, b)
	browser := b.SignIn(t, "admin", appliancetest.Password)
	if a := browser.Get("/appliance/security/configuration-history?area=clock"); !a.Shows("where the people are") || a.Shows("Added carol") {
		t.Error("the filter does not hold")
	}
	if a := browser.Post("/appliance/security/configuration-history/8/revert"); a.Status != 403 {
		t.Errorf("without the password: %d", a.Status)
	}
	if a := browser.Post("/appliance/security/configuration-history/8/revert", again()...); a.Location != "/appliance/security/configuration-history?done=reverted" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	settings, _, err := b.Clock.Settings(t.Context())
	if err != nil || settings.Zone != "UTC" {
		t.Errorf("the zone is %s, %v", settings.Zone, err)
	}
	if a := browser.Get("/appliance/security/configuration-history"); !a.Shows("undoes revision 8") {
		t.Error("the history does not say what was undone")
	}
	for _, id := range []string{"999", "x", "-1"} {
		if a := browser.Get("/appliance/security/configuration-history/" + id); a.Status != 404 {
			t.Errorf("revision %s: %d", id, a.Status)
		}
	}
	if a := browser.Post("/appliance/security/configuration-history/1/revert"); a.Status != 422 || !a.Shows(`role="alert"`) && !a.Shows("nothing before it") {
		t.Errorf("the first one: %d", a.Status)
	}
}

func TestAcknowledge(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	furnish(t, b)
	browser := b.SignIn(t, "admin", appliancetest.Password)
	if a := browser.Post("/appliance/status/health/clock.silent/acknowledge"); a.Location != "/appliance/status/health?done=acknowledged" {
		t.Fatalf("%d", a.Status)
	}
	if a := browser.Get("/appliance/status/health"); strings.Count(a.Body, "acknowledged by admin") != 2 {
		t.Error("it is not shown as acknowledged")
	}
	if a := browser.Post("/appliance/status/health/nothing.at.all/acknowledge"); a.Status != 404 {
		t.Errorf("no such warning: %d", a.Status)
	}
}

func TestClockSettings(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	revision := browser.Get("/appliance/status/basics").Revision()
	if a := browser.Post("/appliance/status/clock", "revision", revision, "zone", "Asia/Tokyo", "max-step", "60"); a.Location != "/appliance/status/basics?done=clock-changed" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := browser.Get("/appliance/status/basics"); !a.Shows("18:30:00 JST") {
		t.Error("the new zone is not shown")
	}
	if a := browser.Post("/appliance/networking/clock-step", again()...); a.Status != 409 {
		t.Errorf("consent to nothing: %d", a.Status)
	}
}
