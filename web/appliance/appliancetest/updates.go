// SPDX-License-Identifier: Apache-2.0

package appliancetest

import (
	"context"
	"path/filepath"
	"testing"

	"understudy/appliance/base/slots"
	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/base/updates"
	"understudy/appliance/store"
	"understudy/pkgstore/trust"
)

// updates are the real ones over a machine whose boot partition is a directory.
// Without a root the box trusts nobody.
func (b *Box) updates(t testing.TB, dir string, base, journal *store.DB, root []byte) *updates.Service {
	t.Helper()
	machine := slotstest.New(t, "uefi", release)
	trusted := func() (trust.Dir, error) { return trust.Dir{}, updates.ErrNoTrust }
	if root != nil {
		d, err := trust.NewDir(filepath.Join(dir, "trusted"), root)
		if err != nil {
			t.Fatal(err)
		}
		trusted = func() (trust.Dir, error) { return d, nil }
	}
	s, err := updates.New(updates.Parts{
		Journal: journal, Base: base, Dir: dir, Tasks: b.Tasks, Audit: b.Audit, Power: b.Power, Running: release, Boot: "1",
		Loader: func(context.Context) (slots.Loader, func() error, error) {
			return machine.Loader(), func() error { return nil }, nil
		},
		Trust: trusted, Fit: func(context.Context) error { return nil }, Now: b.Time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
