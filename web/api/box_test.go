// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"understudy/appliance/audit"
	"understudy/appliance/base/updates"
	"understudy/appliance/client/applianceapi"
	"understudy/appliance/health"
	"understudy/web/api/apitest"
	"understudy/web/services"
)

func TestStatusAndHealth(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	s := must[applianceapi.Status](t)(admin.Status(ctx))
	if s.BaseVersion != apitest.Release.Version || s.Hostname != "box.example" || s.Serial != apitest.Serial || s.CertificateFingerprint != b.Fingerprint() || s.Health != "ok" || s.TimeZone != "UTC" {
		t.Errorf("the status is %+v", s)
	}
	installed := must[applianceapi.List[applianceapi.Software]](t)(admin.Installed(ctx))
	if len(installed.Items) != 1 || installed.Items[0].Name != "Base Software 3.3.2" {
		t.Errorf("installed: %+v", installed.Items)
	}
	b.Services().Health.Set(health.Warning{Code: "test.fire", Severity: health.Critical, Text: "It burns.", Fix: "Call somebody."})
	h := must[applianceapi.Health](t)(admin.Health(ctx))
	if h.OK || h.Severity != "critical" || len(h.Warnings) != 1 || h.Warnings[0].Fix != "Call somebody." {
		t.Errorf("the health is %+v", h)
	}
	if err := admin.Acknowledge(ctx, "test.fire"); err != nil {
		t.Fatal(err)
	}
	h = must[applianceapi.Health](t)(admin.Health(ctx))
	if !h.OK || len(h.Warnings) != 1 || h.Warnings[0].AcknowledgedBy != apitest.Username {
		t.Errorf("after the acknowledgement the health is %+v", h)
	}
	wantProblem(t, admin.Acknowledge(ctx, "test.flood"), http.StatusNotFound, applianceapi.CodeNotFound)
}

func TestClock(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	before := must[applianceapi.Clock](t)(admin.Clock(ctx))
	change := applianceapi.ClockChange{Revision: before.Revision, TimeZone: "Europe/Berlin", MaxStepSeconds: before.MaxStepSeconds}
	after := must[applianceapi.Clock](t)(admin.ChangeClock(ctx, change))
	if after.TimeZone != "Europe/Berlin" || after.Revision == before.Revision {
		t.Errorf("the clock is %+v", after)
	}
	_, err := admin.ChangeClock(ctx, applianceapi.ClockChange{Revision: before.Revision, TimeZone: "Asia/Tokyo", MaxStepSeconds: 60})
	wantProblem(t, err, http.StatusConflict, applianceapi.CodeStale)
	_, err = admin.ChangeClock(ctx, applianceapi.ClockChange{Revision: after.Revision, TimeZone: "Middle/Earth", MaxStepSeconds: 60})
	wantProblem(t, err, http.StatusUnprocessableEntity, applianceapi.CodeInvalid)
	if err == nil || !strings.Contains(err.Error(), "body.timeZone") {
		t.Errorf("the problem does not name the field: %v", err)
	}
	wantProblem(t, admin.ConsentClockStep(ctx), http.StatusConflict, applianceapi.CodeConflict)
	// The history takes the zone back.
	if err := admin.Revert(ctx, after.Revision); err != nil {
		t.Fatal(err)
	}
	if c := must[applianceapi.Clock](t)(admin.Clock(ctx)); c.TimeZone != "UTC" {
		t.Errorf("after the revert the zone is %s", c.TimeZone)
	}
}

func TestRevisions(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	kim, _ := addUser(t, admin, "kim", "read-only")
	if err := admin.DeleteUser(ctx, kim.ID); err != nil {
		t.Fatal(err)
	}
	all := must[applianceapi.List[applianceapi.Revision]](t)(admin.Revisions(ctx, applianceapi.RevisionFilter{Area: "users"}))
	first := must[applianceapi.List[applianceapi.Revision]](t)(admin.Revisions(ctx, applianceapi.RevisionFilter{Area: "users", Limit: 1}))
	if len(all.Items) < 2 || all.Items[0].By.Name != apitest.Username || len(first.Items) != 1 || first.Next == "" {
		t.Errorf("all %+v, first page %+v", all, first)
	}
	_, err := admin.Revision(ctx, 1<<40)
	wantProblem(t, err, http.StatusNotFound, applianceapi.CodeNotFound)
	wantProblem(t, admin.Revert(ctx, 1<<40), http.StatusNotFound, applianceapi.CodeNotFound)
}

// TestRevertTakesTheScopeOfTheArea: a token takes back what it may change.
func TestRevertTakesTheScopeOfTheArea(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	token := func(name string, scopes ...string) *applianceapi.Client {
		made := must[applianceapi.CreatedToken](t)(admin.AddToken(ctx, applianceapi.NewToken{Name: name, Scopes: scopes, Days: 1}))
		return b.ClientWith(made.Secret)
	}
	addUser(t, admin, "kim", "read-only")
	before := must[applianceapi.Clock](t)(admin.Clock(ctx))
	must[applianceapi.Clock](t)(admin.ChangeClock(ctx, applianceapi.ClockChange{Revision: before.Revision, TimeZone: "Europe/Berlin", MaxStepSeconds: before.MaxStepSeconds}))
	if _, _, err := b.Services().Book.Put(ctx, audit.System, "updates", 0, updates.Settings{}, "the first"); err != nil {
		t.Fatal(err)
	}
	for area, scope := range map[string]string{"users": "users:write", "clock": "network:write", "network": "network:write", "updates": "updates:write"} {
		newest := must[applianceapi.List[applianceapi.Revision]](t)(admin.Revisions(ctx, applianceapi.RevisionFilter{Area: area, Limit: 1}))
		if len(newest.Items) == 0 {
			t.Fatalf("%s has no revision", area)
		}
		var others []string
		for _, s := range services.Scopes() {
			if s.Name != scope {
				others = append(others, s.Name)
			}
		}
		err := token("other", others...).Revert(ctx, newest.Items[0].ID)
		wantProblem(t, err, http.StatusForbidden, applianceapi.CodeScope)
		if err == nil || !strings.Contains(err.Error(), scope) {
			t.Errorf("the refusal does not name %s: %v", scope, err)
		}
		err = token("both", "security:write", scope).Revert(ctx, newest.Items[0].ID)
		if area == "users" || area == "clock" {
			if err != nil {
				t.Errorf("%s by a token with both scopes: %v", area, err)
			}
			continue
		}
		wantProblem(t, err, http.StatusConflict, applianceapi.CodeConflict) // there is nothing before it
	}
}

func TestAudit(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	page := must[applianceapi.List[applianceapi.AuditEvent]](t)(admin.Audit(ctx, applianceapi.AuditFilter{Action: "sign-in", Limit: 1}))
	if len(page.Items) != 1 || page.Items[0].By.Name != apitest.Username || page.Items[0].By.Via != "api" || page.Items[0].By.Address != "127.0.0.1" {
		t.Errorf("the events of signing in: %+v", page.Items)
	}
	report := must[applianceapi.AuditReport](t)(admin.VerifyAudit(ctx))
	var export bytes.Buffer
	if err := admin.ExportAudit(ctx, &export); err != nil {
		t.Fatal(err)
	}
	checked, err := audit.VerifyExport(&export)
	if err != nil || !report.OK || !checked.OK || checked.Events < report.Events {
		t.Errorf("the box says %+v, the export %+v, %v", report, checked, err)
	}
}

func TestAgreements(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	if none := must[applianceapi.List[applianceapi.Agreement]](t)(admin.Agreements(ctx, applianceapi.AgreementFilter{})); len(none.Items) != 0 {
		t.Errorf("before anything was accepted: %+v", none.Items)
	}
	var file bytes.Buffer
	b.Vendor.Site(&file, "12.2.0", "Be good.\n")
	p := must[applianceapi.Package](t)(admin.Upload(ctx, &file, false))
	_, err := admin.Install(ctx, p.ID, applianceapi.Install{})
	wantProblem(t, err, http.StatusConflict, applianceapi.CodeAgreement)
	if a := must[applianceapi.AgreementText](t)(admin.Agreement(ctx, p.ID)); a.Text != "Be good.\n" {
		t.Errorf("to be read before it is accepted: %q", a.Text)
	}
	_, err = admin.Agreement(ctx, strings.Repeat("0", 64))
	wantProblem(t, err, http.StatusNotFound, applianceapi.CodeNotFound)
	must[applianceapi.Task](t)(admin.Install(ctx, p.ID, applianceapi.Install{Accept: true}))
	all := must[applianceapi.List[applianceapi.Agreement]](t)(admin.Agreements(ctx, applianceapi.AgreementFilter{}))
	if len(all.Items) != 1 {
		t.Fatalf("accepted: %+v", all.Items)
	}
	got := all.Items[0]
	want := applianceapi.Agreement{Package: "Bomgar-12.2.0", Version: "12.2.0", SHA256: p.ID, Text: "Be good.\n", By: applianceapi.Actor{Name: apitest.Username, Address: "127.0.0.1"}, At: got.At}
	if got != want || got.At.IsZero() {
		t.Errorf("accepted: %+v, want %+v", got, want)
	}
	must[applianceapi.Task](t)(admin.Install(ctx, p.ID, applianceapi.Install{Accept: true}))
	page := must[applianceapi.List[applianceapi.Agreement]](t)(admin.Agreements(ctx, applianceapi.AgreementFilter{Limit: 1}))
	if len(page.Items) != 1 || page.Items[0] == got || page.Next == "" {
		t.Errorf("accepted again: %+v, next %q", page.Items, page.Next)
	}
	before, _ := strconv.ParseInt(page.Next, 10, 64)
	if page = must[applianceapi.List[applianceapi.Agreement]](t)(admin.Agreements(ctx, applianceapi.AgreementFilter{Before: before, Limit: 1})); len(page.Items) != 1 || page.Items[0] != got || page.Next != "" {
		t.Errorf("before that: %+v, next %q", page.Items, page.Next)
	}
	events := must[applianceapi.List[applianceapi.AuditEvent]](t)(admin.Audit(ctx, applianceapi.AuditFilter{Action: "updates.license"}))
	if len(events.Items) != 2 || events.Items[0].Outcome != audit.Accepted {
		t.Errorf("the audit log: %+v", events.Items)
	}
}

func TestPowerHeld(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	release := b.Services().Power.Hold("An update is being installed.")
	_, err := admin.Reboot(ctx, applianceapi.PowerRequest{})
	wantProblem(t, err, http.StatusConflict, applianceapi.CodeConflict)
	if err == nil || !strings.Contains(err.Error(), "update") {
		t.Errorf("the refusal does not say why: %v", err)
	}
	release()
	t1 := must[applianceapi.Task](t)(admin.ShutDown(ctx, applianceapi.PowerRequest{Reason: "moving house"}))
	if t1.Kind != "power.off" {
		t.Errorf("the task is %+v", t1)
	}
	<-b.Ended()
}

// TestFailure: what fails on this side is reported, and the caller gets nothing
// of it but a reference.
func TestFailure(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	err := admin.FactoryReset(t.Context(), applianceapi.FactoryReset{Serial: "another box"})
	wantProblem(t, err, http.StatusUnprocessableEntity, applianceapi.CodeInvalid)
	err = admin.FactoryReset(t.Context(), applianceapi.FactoryReset{Serial: apitest.Serial})
	wantProblem(t, err, http.StatusInternalServerError, "internal")
	if err == nil || !strings.Contains(err.Error(), "reference: ") || strings.Contains(err.Error(), "erase") {
		t.Errorf("the caller is told %v", err)
	}
}

// TestSessionsOutliveARestart: who is signed in stays so, and the task that
// restarted the box tells about it.
func TestSessionsOutliveARestart(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	task := must[applianceapi.Task](t)(admin.Reboot(ctx, applianceapi.PowerRequest{}))
	again := must[applianceapi.Task](t)(finished(t, b, admin, task.ID))
	if again.State != "done" || !strings.Contains(again.Result, "back in service") || b.Starts() != 2 {
		t.Errorf("after %d starts the task is %+v", b.Starts(), again)
	}
}

// finished asks for a task until it is over, also while the box is away.
func finished(t *testing.T, b *apitest.Box, c *applianceapi.Client, id string) (applianceapi.Task, error) {
	for {
		var last applianceapi.Task
		err := c.FollowTask(t.Context(), id, 0, func(e applianceapi.TaskEvent) error {
			if e.Task != nil {
				last = *e.Task
			}
			return nil
		})
		if err == nil || t.Context().Err() != nil {
			return last, err
		}
		<-b.Started()
	}
}
