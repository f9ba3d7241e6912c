// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"understudy/appliance/layout"
)

func TestSeedIsCompleted(t *testing.T) {
	for name, given := range map[string]struct {
		text, profile, hostname string
		port                    int
	}{
		"none":        {"", "b300", "", 8444},
		"other":       {"hostname = \"stage\"\n", "b300", "stage", 8444},
		"has its own": {"profile = \"va-large\"\n[https]\npublic_port = 443\n", "va-large", "", 443},
	} {
		b, err := completeSeed([]byte(given.text), "b300", 8444)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s, err := layout.ParseSeed(b)
		if err != nil || s.Profile != given.profile || s.Hostname != given.hostname || s.HTTPS.PublicPort != given.port {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestBadSeedIsPassedOn(t *testing.T) {
	const bad = "hostnmae = \"stage\"\n"
	b, err := completeSeed([]byte(bad), "b300", 8443)
	if err == nil || string(b) != bad {
		t.Errorf("%q, %v", b, err)
	}
	if setsPassword(b) {
		t.Error("a bad seed sets a password")
	}
}
