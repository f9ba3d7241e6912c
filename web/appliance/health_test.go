// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"testing"

	"understudy/appliance/health"
	"understudy/web/appliance/appliancetest"
)

// Links of the same words are told apart by where they lead, for those who hear
// them in a list.
func TestALinkToAFixSaysWhere(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	b.Health.Set(health.Warning{Code: "clock.silent", Severity: health.Warn, Text: "No time server answers.", Fix: "Check them.", FixURL: "/appliance/networking/ip#time-servers"})
	b.Health.Set(health.Warning{Code: "updates.rolled-back", Severity: health.Warn, Text: "An update was rolled back.", Fix: "Try again.", FixURL: "/appliance/updates"})
	page := b.SignIn(t, "admin", appliancetest.Password).Get("/appliance/status/health")
	for _, link := range []string{
		`<a href="/appliance/networking/ip#time-servers">Go there<span class="unseen">: Networking &gt; IP Configuration</span></a>`,
		`<a href="/appliance/updates">Go there<span class="unseen">: Updates</span></a>`,
	} {
		if !page.Shows(link) {
			t.Errorf("the page does not hold %s", link)
		}
	}
}
