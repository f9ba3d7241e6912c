// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/base/updates"
	"understudy/appliance/base/updates/updatestest"
	"understudy/pkgstore/pack"
	"understudy/web/appliance/appliancetest"
)

// What was found before an install stands on its page. What stops it leaves no
// button; what warns has to be overridden.
func TestFindingsOnTheInstallPage(t *testing.T) {
	vendor := updatestest.NewVendor(t)
	b := appliancetest.New(t, appliancetest.Options{Changed: true, TrustRoot: vendor.Root()})
	var file bytes.Buffer
	r := slotstest.Release("4.2.1")
	vendor.Base(&file, r, pack.Bytes(slotstest.UKI(r)))
	ready, err := b.Updates.Upload(t.Context(), adminActor, &file, false)
	if err != nil {
		t.Fatal(err)
	}
	browser, path := b.SignIn(t, "admin", appliancetest.Password), "/appliance/updates/packages/"+ready.ID
	if a := browser.Get(path); a.Status != 200 || a.Shows("What was found") || a.Shows(`name="override"`) || !a.Shows("Install This Update") {
		t.Errorf("with nothing in the way: %d %s", a.Status, a.Body)
	}

	found := []updates.Finding{{Code: "clock", Text: "The clock is an hour slow.", Fix: "Enter a time server.", Link: "/appliance/networking/ip"}}
	b.Updates.Outside = func(context.Context, updates.Candidate) []updates.Finding { return found }
	if a := browser.Get(path); !a.Shows("The clock is an hour slow.") || !a.Shows(`href="/appliance/networking/ip"`) || !a.Shows(`name="override"`) {
		t.Errorf("with a warning: %s", a.Body)
	}
	if a := browser.Post(path+"/install", again()...); a.Status != 422 || !a.Shows("Install it all the same only if") {
		t.Errorf("without an override: %d", a.Status)
	}
	found = append(found, updates.Finding{Code: "power", Stops: true, Text: "The appliance is being restarted.", Fix: "Wait until it is back."})
	if a := browser.Get(path); !a.Shows("Stops it") || a.Shows(`action="`+path+`/install"`) {
		t.Errorf("with something that stops it: %s", a.Body)
	}
	if a := browser.Post(path+"/install", again("override", "on")...); a.Status != 422 || !a.Shows("The appliance is being restarted.") {
		t.Errorf("overriding what stops it: %d", a.Status)
	}
	found = found[:1]
	if a := browser.Post(path+"/install", again("override", "on")...); a.Status != 303 || !strings.HasPrefix(a.Location, "/appliance/status/tasks/") {
		t.Errorf("with an override: %d %s", a.Status, a.Body)
	}
	if a := browser.Get("/appliance/updates/available/nothing.pkg"); a.Status != 404 {
		t.Errorf("what is not on offer: %d", a.Status)
	}
}

// A package that the disk has changed says so, and what to do, where it was to
// be installed; then it is no longer there.
func TestThePageOfADamagedPackage(t *testing.T) {
	vendor := updatestest.NewVendor(t)
	b := appliancetest.New(t, appliancetest.Options{Changed: true, TrustRoot: vendor.Root()})
	var file bytes.Buffer
	vendor.Site(&file, "12.2.0", "Be good.\n")
	ready, err := b.Updates.Upload(t.Context(), adminActor, &file, false)
	if err == nil {
		err = os.Truncate(filepath.Join(b.Updates.Dir, "packages", ready.ID), 10)
	}
	if err != nil {
		t.Fatal(err)
	}
	browser, path := b.SignIn(t, "admin", appliancetest.Password), "/appliance/updates/packages/"+ready.ID
	if a := browser.Get(path); a.Status != 409 || !a.Shows("damaged on the appliance&#39;s disk and has been removed") || !a.Shows(`href="/appliance/updates"`) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := browser.Get("/appliance/updates"); a.Status != 200 || a.Shows(ready.ID) {
		t.Errorf("the list: %d", a.Status)
	}
	if a := browser.Get(path); a.Status != 404 {
		t.Errorf("once more: %d", a.Status)
	}
}
