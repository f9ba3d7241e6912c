// SPDX-License-Identifier: Apache-2.0

package layout

import "testing"

func TestKnownTypeGUIDs(t *testing.T) {
	for role, want := range map[Role]string{
		BIOSBoot: "21686148-6449-6E6F-744E-656564454649",
		ESP:      "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
	} {
		if got := PartitionFor(role).Type.String(); got != want {
			t.Errorf("type of %s is %s, want %s", role, got, want)
		}
	}
}

func TestGUIDText(t *testing.T) {
	g := DeriveGUID("partition/state")
	back, err := ParseGUID(g.String())
	if err != nil || back != g {
		t.Errorf("ParseGUID(%s) = %s, %v", g, back, err)
	}
	if g[6]>>4 != 8 || g[8]>>6 != 2 {
		t.Errorf("%s is not a version 8 UUID", g)
	}
	if g == DeriveGUID("partition/meta") {
		t.Error("two names gave one GUID")
	}
	for _, bad := range []string{"", "21686148", "21686148-6449-6E6F-744E-65656445464G", "21686148x6449-6E6F-744E-656564454649"} {
		if _, err := ParseGUID(bad); err == nil {
			t.Errorf("ParseGUID(%q) gave no error", bad)
		}
	}
}
