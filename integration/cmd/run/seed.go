// SPDX-License-Identifier: Apache-2.0

package main

import (
	"understudy/appliance/layout"
)

// completeSeed tells the appliance what only we know: the profile whose
// machine it runs on and the port of this host that leads to it. What the
// person's seed says about them stands. A seed that cannot be read is passed
// on as it is, because showing that is the appliance's task; problem then says
// what is wrong with it.
func completeSeed(given []byte, own layout.Seed) (seed []byte, problem error) {
	s, err := layout.ParseSeed(given)
	if err != nil {
		return given, err
	}
	s.Profile = or(s.Profile, own.Profile)
	if s.Update == (layout.SeedUpdate{}) {
		s.Serial, s.Update = or(s.Serial, own.Serial), own.Update
	}
	if s.HTTPS.PublicPort == 0 {
		s.HTTPS.PublicPort = own.HTTPS.PublicPort
	}
	return s.Encode(), nil
}

// setsPassword reports whether the seed replaces the first-login password.
func setsPassword(seed []byte) bool {
	s, err := layout.ParseSeed(seed)
	return err == nil && s.Accounts.AdminPasswordHash != ""
}
