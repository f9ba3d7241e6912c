// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"understudy/appliance/account"
	"understudy/appliance/base/clock"
	"understudy/appliance/layout"
	"understudy/hwprofiles"
	"understudy/pkgstore/trust"
)

// unusable says, a sentence each, what of a well-formed seed this software
// cannot use. It is found out before anything of the seed is applied; whether
// a card of the network exists can only be known later.
func unusable(s layout.Seed) (problems []string) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if s.Profile != "" {
		if _, err := hwprofiles.ByName(s.Profile); err != nil {
			add("profile: there is no hardware profile %q.", s.Profile)
		}
	}
	if s.Timezone != "" {
		if _, err := clock.Zone(s.Timezone); err != nil {
			add("timezone: there is no time zone %q.", s.Timezone)
		}
	}
	problems = append(problems, unusableNetwork(s)...)
	// A seed may hold it as a block of lines.
	if root := strings.TrimSpace(s.Update.TrustRoot); root != "" {
		if err := trust.CheckRoot([]byte(root)); err != nil {
			add("update.trust_root: it cannot be used. %v", err)
		}
	}
	for _, h := range []struct{ entry, hash string }{
		{"admin_password_hash", s.Accounts.AdminPasswordHash}, {"site_password_hash", s.Accounts.SitePasswordHash},
	} {
		if h.hash == "" {
			continue
		}
		if _, _, _, err := account.ParsePHC(h.hash); err != nil {
			add("accounts.%s: it cannot be used: %v.", h.entry, err)
		}
	}
	return problems
}
