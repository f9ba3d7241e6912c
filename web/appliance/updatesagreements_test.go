// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"bytes"
	"strings"
	"testing"

	"understudy/appliance/base/updates"
	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/task"
	"understudy/web/appliance/appliancetest"
)

// What was accepted can be read afterwards, also if the install failed, as it
// does here. Its text stays text.
func TestAcceptedAgreements(t *testing.T) {
	vendor := updatestest.NewVendor(t)
	b := appliancetest.New(t, appliancetest.Options{Changed: true, TrustRoot: vendor.Root()})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	look(t, browser, []shot{{name: "agreements-none", path: "/appliance/updates/agreements"}})
	for _, version := range []string{"12.1.4", "12.2.0"} {
		var file bytes.Buffer
		vendor.Site(&file, version, "SOFTWARE LICENSE AGREEMENT for "+version+"\n\n1. Be good.\n2. <b>Bold</b> is no markup & no excuse.\n")
		ready, err := b.Updates.Upload(t.Context(), adminActor, &file, false)
		if err != nil {
			t.Fatal(err)
		}
		c, err := b.Updates.OnBox(t.Context(), ready.ID)
		if err != nil {
			t.Fatal(err)
		}
		started, _, err := b.Updates.Install(t.Context(), adminActor, c, updates.Choice{Accepted: true})
		if err != nil {
			t.Fatal(err)
		}
		waitFor(t, b, started.ID, func(x task.Task) bool { return !x.State.Live() })
	}
	look(t, browser, []shot{{name: "agreements", path: "/appliance/updates/agreements"}})
	if a := browser.Get("/appliance/updates"); !a.Shows(`href="/appliance/updates/agreements"`) {
		t.Error("Updates does not lead there")
	}
}

// More than fit on a page, of the same package: the first one is still found.
func TestOlderAgreements(t *testing.T) {
	vendor := updatestest.NewVendor(t)
	b := appliancetest.New(t, appliancetest.Options{Changed: true, TrustRoot: vendor.Root()})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	accept := func(version string, times int) {
		t.Helper()
		var file bytes.Buffer
		vendor.Site(&file, version, "Be good.\n")
		ready, err := b.Updates.Upload(t.Context(), adminActor, &file, false)
		if err != nil {
			t.Fatal(err)
		}
		for range times {
			c, err := b.Updates.OnBox(t.Context(), ready.ID)
			if err != nil {
				t.Fatal(err)
			}
			started, _, err := b.Updates.Install(t.Context(), adminActor, c, updates.Choice{Accepted: true})
			if err != nil {
				t.Fatal(err)
			}
			waitFor(t, b, started.ID, func(x task.Task) bool { return !x.State.Live() })
		}
	}
	accept("12.1.4", 1)
	accept("12.2.0", 20)
	first := browser.Get("/appliance/updates/agreements")
	_, link, _ := strings.Cut(first.Body, `<p class="pager"><a href="`)
	link, _, _ = strings.Cut(link, `"`)
	if first.Shows("<h3>Bomgar-12.1.4") || !strings.HasPrefix(link, "/appliance/updates/agreements?before=") {
		t.Fatalf("the first page leads to %q", link)
	}
	older := browser.Get(link)
	if !older.Shows("<h3>Bomgar-12.1.4") || older.Shows("<h3>Bomgar-12.2.0") || older.Shows(`class="pager"`) {
		t.Errorf("older agreements:\n%s", older.Body)
	}
}
