// SPDX-License-Identifier: Apache-2.0

package machinetest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"path/filepath"
	"testing"

	"understudy/appliance/base/sitehost"
	"understudy/appliance/base/slots"
	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/base/updates"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

// Serial is that of the machine.
const Serial = "TEST-0001"

// Service gives parts what a machine would: a boot partition, which is a
// directory, and whom to trust, which is nobody if root is nil.
func Service(t testing.TB, p updates.Parts, root []byte) *updates.Service {
	t.Helper()
	machine := slotstest.New(t, "uefi", p.Running)
	p.Loader = func(context.Context) (slots.Loader, func() error, error) {
		return machine.Loader(), func() error { return nil }, nil
	}
	p.Look = p.Loader
	p.Trust = func() (trust.Dir, error) { return trust.Dir{}, updates.ErrNoTrust }
	if root != nil {
		d, err := trust.NewDir(filepath.Join(p.Dir, "trusted"), root)
		if err != nil {
			t.Fatal(err)
		}
		p.Trust = func() (trust.Dir, error) { return d, nil }
	}
	if p.Site == nil {
		p.Site = noSite{}
	}
	if p.Self == nil {
		p.Self = func() updates.Self {
			return updates.Self{Serial: Serial, Hostname: "box.example.com", Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
		}
	}
	if p.Fit == nil {
		p.Fit = func(context.Context) error { return nil }
	}
	s, err := updates.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// noSite is a box that hosts no site and takes none.
type noSite struct{}

func (noSite) Current() (pack.Summary, bool) { return pack.Summary{}, false }

func (noSite) AddOn() pack.Release { return pack.Release{} }

func (noSite) Stored() (int64, error) { return 0, nil }

func (noSite) Install(context.Context, sitehost.Package, sitehost.Progress) error {
	return errors.New("this machine hosts no site")
}

func (noSite) License(context.Context, pack.Summary) error { return sitehost.ErrNoSite }
