// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"understudy/appliance/account"
	"understudy/appliance/basectl"
)

// The first sign-in of the guide, which opens nothing but its own change. The
// hash is written down because it keeps nothing secret.
const (
	firstName = "admin"
	firstHash = "$argon2id$v=19$m=19456,t=2,p=1$Y3jB5f1e8mH/Y5+qh0tiJA$QzFXmxnf1GDP6qe0SO+jmEp7gxZswN0k+SpsnKYnC0c" // "password"
)

// bootstrap makes the first account of a site that has none: with the password
// that the base software was given for it, else the guide's. One that cannot be
// read must not leave the site open with the guide's.
func (s *site) bootstrap(ctx context.Context, accounts *account.Accounts) error {
	given, err := os.ReadFile(filepath.Join(filepath.Dir(s.options.summary), basectl.FirstPasswordName))
	hash, mustChange := string(given), false
	switch {
	case errors.Is(err, fs.ErrNotExist):
		hash, mustChange = firstHash, true
	case err != nil:
		return fmt.Errorf("reading the first password: %w", err)
	}
	return accounts.Bootstrap(ctx, firstName, hash, mustChange)
}
