// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/layout"
)

const someHash = "$argon2id$v=19$m=65536,t=3,p=2$c29tZXNhbHQxMjM0$5ZzUB5lmDGAwIL3JnaMk2Py7Pt0lp4I8ToTrWFSqY3w"

func seeded(n layout.SeedNetwork) layout.Seed { return layout.Seed{Network: n} }

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
		{"a network that the pages accept", seeded(layout.SeedNetwork{
			Interfaces: []layout.SeedInterface{{Name: "eth0", DHCP: true, Addresses: []string{"192.0.2.9/24", "169.254.1.1/16", "2001:DB8::9/64"}}, {MAC: "52:54:00:12:34:56", DHCP: true}},
			Gateway4:   "192.0.2.1", Gateway6: "fe80::1", DNS: []string{"192.0.2.53"}, NTP: []string{"ntp.example.com"}}), nil},
		{"no network", seeded(layout.SeedNetwork{}), nil},
		{"a gateway without an address", seeded(layout.SeedNetwork{Gateway4: "192.0.2.1"}), nil},
		{"a card twice", seeded(layout.SeedNetwork{Interfaces: []layout.SeedInterface{{MAC: "52:54:00:12:34:AB", DHCP: true}, {MAC: "52-54-00-12-34-ab", Addresses: []string{"192.0.2.9/24"}}}}),
			[]string{"network.interfaces[2].name: The card 52:54:00:12:34:ab is configured twice."}},
		{"an address twice", seeded(layout.SeedNetwork{Interfaces: []layout.SeedInterface{{Name: "eth0", Addresses: []string{"192.0.2.9/24"}}, {Name: "eth1", Addresses: []string{"192.0.2.9/25"}}}}),
			[]string{"network.interfaces[2].addresses[1]: 192.0.2.9 is listed twice."}},
		{"an address that no machine has", seeded(layout.SeedNetwork{Interfaces: []layout.SeedInterface{{Name: "eth0", Addresses: []string{"250.0.0.1/24"}}}}),
			[]string{"network.interfaces[1].addresses[1]: 250.0.0.1"}},
		{"more servers than are asked", seeded(layout.SeedNetwork{DNS: slices.Repeat([]string{"192.0.2.53"}, 9)}), []string{"network.dns: 9 servers"}},
		{"a name that reads as an address", layout.Seed{Hostname: "box.1"}, []string{`hostname: "box.1" is not a host name`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.seed.Hostname = cmp.Or(row.seed.Hostname, "box")
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
