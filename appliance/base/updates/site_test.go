// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"understudy/appliance/base/sitehost"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
)

// site is the box's site as far as updates are concerned: what it is, and a
// program that can be taken out of a package. How one follows another is
// package sitehost's subject.
type site struct {
	installed *pack.Summary
	addOn     pack.Release
	stored    int64
	program   string
	fails     error
	at        func(point string) // called before and after the switch; may be nil
	hangs     chan struct{}      // not nil: an install closes it, and goes no further before it has to end
}

// passes is called where the power may go.
func (s *site) passes(point string) {
	if s.at != nil {
		s.at(point)
	}
}

func (s *site) AddOn() pack.Release { return s.addOn }

func (s *site) Stored() (int64, error) { return s.stored, nil }

func (s *site) Current() (pack.Summary, bool) {
	if s.installed == nil {
		return pack.Summary{}, false
	}
	return *s.installed, true
}

func (s *site) Install(ctx context.Context, p sitehost.Package, progress sitehost.Progress) error {
	progress.Phase(0)
	s.passes("before the switch")
	if s.fails != nil {
		return s.fails
	}
	if s.hangs != nil {
		close(s.hangs)
		<-ctx.Done()
		return ctx.Err()
	}
	var program strings.Builder
	if err := p.Copy(ctx, pack.Program, &program); err != nil {
		return err
	}
	sum := p.Summary()
	s.installed, s.program = &sum, program.String()
	s.passes("after the switch")
	return nil
}

func (s *site) License(_ context.Context, sum pack.Summary) error {
	if s.fails != nil {
		return s.fails
	}
	s.passes("before the switch")
	s.installed.Customer, s.addOn = sum.Customer, sum.Release
	s.passes("after the switch")
	return nil
}

// siteFile is an update file of a site package for a customer.
func (b *box) siteFile(version, customer, minBase string) []byte {
	return b.siteFileOf(version, customer, minBase, func(*pack.Summary) {})
}

// siteFileOf is siteFile of a package that is different in something.
func (b *box) siteFileOf(version, customer, minBase string, change func(*pack.Summary)) []byte {
	b.t.Helper()
	s := pack.Summary{
		Format: 1, Product: pack.Product, Architecture: pack.Architecture, Release: pack.Release{Kind: pack.Site, Version: version, Tree: 1},
		Name: "Bomgar-" + version, Build: "test", Clients: true, Built: oldBase.Built,
		Requires: []pack.Requirement{{Kind: pack.Base, Min: minBase, Package: "Base Software " + minBase}},
		Customer: &pack.Customer{ID: customer, Hostname: "support.example.com", Licenses: 5, Expires: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)},
	}
	change(&s)
	var out bytes.Buffer
	b.vendor.Sign(&out, s, map[pack.Role]pack.Source{pack.Program: pack.Bytes([]byte("program " + version)), pack.EULA: pack.Bytes([]byte("Be good.\n"))})
	return out.Bytes()
}

func (b *box) bring(file []byte) (Ready, error) {
	return b.Upload(b.t.Context(), ada, bytes.NewReader(file), false)
}

func TestASitePackageIsInstalledOnceItsAgreementIsAccepted(t *testing.T) {
	b := newBox(t, "uefi")
	r, err := b.bring(b.siteFile("12.2.0", "c1", "3.3.2"))
	if err != nil {
		t.Fatal(err)
	}
	if _, created, err := b.installID(ada, r.ID, Choice{}); created || !errors.Is(err, ErrAgreement) {
		t.Errorf("without accepting: created %v, %v", created, err)
	}
	if a, err := b.Agreements(t.Context(), 0, 10); err != nil || len(a) != 0 {
		t.Errorf("accepted already: %+v, %v", a, err)
	}
	started, _, err := b.installID(ada, r.ID, Choice{Accepted: true})
	if err != nil {
		t.Fatal(err)
	}
	if end := b.end(started.ID); end.State != task.Done || end.Result != "Bomgar-12.2.0 is installed." || len(b.restarts) != 0 {
		t.Errorf("%+v, %d restarts", end, len(b.restarts))
	}
	if b.site.program != "program 12.2.0" || b.Installed().Site.Version != "12.2.0" {
		t.Errorf("the site is %q, %+v", b.site.program, b.Installed())
	}
	a, err := b.Agreements(t.Context(), 0, 10)
	if err != nil || len(a) != 1 || a[0].By.Name != "ada" || a[0].By.Address != "192.0.2.7" || a[0].Text != "Be good.\n" || a[0].SHA256 != r.ID {
		t.Errorf("agreements %+v, %v", a, err)
	}
	if left := b.left(); len(left) != 0 {
		t.Errorf("left over: %q", left)
	}
}

func TestSitePackagesThatAreRefused(t *testing.T) {
	b := newBox(t, "uefi")
	b.site.installed = &pack.Summary{Release: pack.Release{Kind: pack.Site, Version: "12.2.0", Tree: 1}, Customer: &pack.Customer{ID: "c1"}}
	product := func(s *pack.Summary) { s.Product = "stagehand" }
	architecture := func(s *pack.Summary) { s.Architecture = "arm64" }
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"requires a newer Base":   {b.siteFile("14.2.1", "c1", "4.2.1"), "3.3.2 does not satisfy 14.2.1's requirements."},
		"older":                   {b.siteFile("12.1.4", "c1", "3.2.4"), "Bomgar-12.1.4 is older than the 12.2.0 that is installed."},
		"installed":               {b.siteFile("12.2.0", "c1", "3.2.4"), "Bomgar-12.2.0 is installed already."},
		"of another customer":     {b.siteFile("14.2.1", "c2", "3.3.2"), "is for the customer c2; this appliance's is c1."},
		"of another product":      {b.siteFileOf("14.2.1", "c1", "3.3.2", product), "is for the product stagehand; this appliance's is understudy."},
		"of another architecture": {b.siteFileOf("14.2.1", "c1", "3.3.2", architecture), "is for the architecture arm64; this appliance's is amd64."},
	} {
		if _, err := b.bring(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left := b.left(); len(left) != 0 {
		t.Errorf("left over: %q", left)
	}
}

func TestASiteThatCannotBeInstalledIsKeptOut(t *testing.T) {
	b := newBox(t, "uefi")
	b.site.fails = errors.New("the new site did not get ready")
	r, err := b.bring(b.siteFile("12.2.0", "c1", "3.3.2"))
	if err != nil {
		t.Fatal(err)
	}
	started, _, err := b.installID(ada, r.ID, Choice{Accepted: true})
	if err != nil {
		t.Fatal(err)
	}
	if end := b.end(started.ID); end.State != task.Failed || !strings.Contains(end.Error, "did not get ready") || end.NextStep == "" {
		t.Errorf("%+v", end)
	}
	if _, err := b.Ready(t.Context(), r.ID); err != nil {
		t.Errorf("the package is gone: %v", err)
	}
}

func TestALicenseAddOn(t *testing.T) {
	b := newBox(t, "uefi")
	b.site.installed = &pack.Summary{Release: pack.Release{Kind: pack.Site, Version: "12.2.0", Tree: 1}, Customer: &pack.Customer{ID: "c1", Licenses: 5}}
	s := pack.Summary{
		Format: 1, Product: pack.Product, Architecture: pack.Architecture, Release: pack.Release{Kind: pack.License, Version: "2", Tree: 1},
		Name: "Licenses", Build: "test", Built: oldBase.Built, Customer: &pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 50},
	}
	var out bytes.Buffer
	b.vendor.Sign(&out, s, nil)
	r, err := b.bring(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	started, _, err := b.installID(ada, r.ID, Choice{})
	if err != nil {
		t.Fatal(err)
	}
	if end := b.end(started.ID); end.State != task.Done || b.site.installed.Customer.Licenses != 50 {
		t.Errorf("%+v, licences %+v", end, b.site.installed.Customer)
	}
}
