// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"understudy/appliance/layout"
)

func TestSeedIsCompleted(t *testing.T) {
	own := layout.Seed{Profile: "b300", Serial: "RUN-1", HTTPS: layout.SeedHTTPS{PublicPort: 8444}, Update: layout.SeedUpdate{Server: "10.0.2.2:9443", TrustRoot: "{}"}}
	for name, given := range map[string]struct {
		text, profile, hostname string
		port                    int
	}{
		"none":        {"", "b300", "", 8444},
		"other":       {"hostname = \"stage\"\n", "b300", "stage", 8444},
		"has its own": {"profile = \"va-large\"\n[https]\npublic_port = 443\n", "va-large", "", 443},
	} {
		b, err := completeSeed([]byte(given.text), own)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s, err := layout.ParseSeed(b)
		if s.Serial != "RUN-1" || s.Update != own.Update {
			t.Errorf("%s: update server %+v, serial %s", name, s.Update, s.Serial)
		}
		if err != nil || s.Profile != given.profile || s.Hostname != given.hostname || s.HTTPS.PublicPort != given.port {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestBadSeedIsPassedOn(t *testing.T) {
	const bad = "hostnmae = \"stage\"\n"
	b, err := completeSeed([]byte(bad), layout.Seed{Profile: "b300"})
	if err == nil || string(b) != bad {
		t.Errorf("%q, %v", b, err)
	}
	if setsPassword(b) {
		t.Error("a bad seed sets a password")
	}
}
