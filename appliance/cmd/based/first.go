// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"understudy/appliance/account"
	"understudy/appliance/layout"
	"understudy/hwprofiles"
)

// The first sign-in of the guide, which opens nothing but its own change. The
// hash is written down because making it would cost the first boot seconds and
// keep nothing secret.
const (
	firstName = "admin"
	firstHash = "$argon2id$v=19$m=19456,t=2,p=1$Y3jB5f1e8mH/Y5+qh0tiJA$QzFXmxnf1GDP6qe0SO+jmEp7gxZswN0k+SpsnKYnC0c" // "password"
)

// bootstrap makes the first account of a box that has none: the seed's
// password if it brings one, else the guide's.
func bootstrap(ctx context.Context, accounts *account.Accounts, seed layout.Seed) error {
	hash, mustChange := seed.Accounts.AdminPasswordHash, false
	if hash == "" {
		hash, mustChange = firstHash, true
	}
	if err := accounts.Bootstrap(ctx, firstName, hash, mustChange); err != nil {
		return fmt.Errorf("making the first account: %w", err)
	}
	return nil
}

// policyFor is the account policy of a model: a hash costs what it can bear.
func policyFor(p hwprofiles.Profile) account.Policy {
	policy := account.DefaultPolicy()
	policy.Argon2 = account.Argon2(p.Argon2)
	return policy
}
