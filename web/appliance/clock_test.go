// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"regexp"
	"testing"

	"understudy/web/appliance/appliancetest"
)

// Where no time server is set there is none that could be silent, and nothing
// to be alarmed at.
func TestAClockWithoutTimeServers(t *testing.T) {
	notSet := regexp.MustCompile(`<span class="pill quiet">(?s:.{0,300})<span>Not set</span>`)
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	with := appliancetest.New(t, appliancetest.Options{Changed: true, TimeServers: []string{"192.0.2.123"}})
	browser, other := b.SignIn(t, "admin", appliancetest.Password), with.SignIn(t, "admin", appliancetest.Password)
	for _, path := range []string{"/appliance/status/basics", "/appliance/networking/ip"} {
		if a := browser.Get(path); !notSet.MatchString(a.Body) || a.Shows("Not synchronised") || a.Shows("<dt>Follows</dt>") {
			t.Errorf("%s does not say that no time server is set", path)
		}
		if a := other.Get(path); notSet.MatchString(a.Body) || !a.Shows("Not synchronised") {
			t.Errorf("%s says that no time server is set, and one is", path)
		}
	}
}
