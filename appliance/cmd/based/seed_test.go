// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/layout"
)

const someHash = "$argon2id$v=19$m=65536,t=3,p=2$c29tZXNhbHQxMjM0$5ZzUB5lmDGAwIL3JnaMk2Py7Pt0lp4I8ToTrWFSqY3w"

// TestSeedThatCannotBeUsed has seeds whose form is right, and one that says
// everything that can be checked so.
func TestSeedThatCannotBeUsed(t *testing.T) {
	root := string(updatestest.NewVendor(t).Root())
	heavy := strings.Replace(someHash, "m=65536", "m=1048576", 1)
	for _, row := range []struct {
		name string
		seed layout.Seed
		says []string // by problem
	}{
		{"all of it can be", layout.Seed{Profile: "b300", Timezone: "Europe/Vienna",
			Update:   layout.SeedUpdate{TrustRoot: "\n" + root + "\n"},
			Accounts: layout.SeedAccounts{AdminPasswordHash: someHash, SitePasswordHash: someHash}}, nil},
		{"unknown model", layout.Seed{Profile: "b9000"}, []string{`no hardware profile "b9000"`}},
		{"unknown zone", layout.Seed{Timezone: "Europe/Nowhere"}, []string{`no time zone "Europe/Nowhere"`}},
		{"this machine's own zone", layout.Seed{Timezone: "Local"}, []string{`no time zone "Local"`}},
		{"no root", layout.Seed{Update: layout.SeedUpdate{TrustRoot: "{}"}}, []string{"update.trust_root"}},
		{"unsigned root", layout.Seed{Update: layout.SeedUpdate{TrustRoot: strings.Replace(root, `"version":1`, `"version":2`, 1)}}, []string{"update.trust_root"}},
		{"hashes that a sign-in cannot bear", layout.Seed{Accounts: layout.SeedAccounts{AdminPasswordHash: heavy, SitePasswordHash: heavy}},
			[]string{"accounts.admin_password_hash", "accounts.site_password_hash"}},
		{"several", layout.Seed{Profile: "b9000", Timezone: "Europe/Nowhere"}, []string{"profile", "timezone"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.seed.Hostname = "box"
			seed, err := layout.ParseSeed(row.seed.Encode())
			if err != nil {
				t.Fatal(err)
			}
			problems := unusable(seed)
			if len(problems) != len(row.says) {
				t.Fatalf("problems %q, want %q", problems, row.says)
			}
			for i, want := range row.says {
				if !strings.Contains(problems[i], want) {
					t.Errorf("problem %q, want one with %q", problems[i], want)
				}
			}
		})
	}
}
