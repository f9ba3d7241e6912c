// SPDX-License-Identifier: Apache-2.0

package updatestest

import (
	"bytes"
	"crypto/sha256"
	"io"
	"path/filepath"
	"testing"
	"time"

	"understudy/appliance/layout"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

// Vendor signs packages with keys of its own.
type Vendor struct {
	t    testing.TB
	path string // of the file of keys
	keys *trust.Keys
}

// NewVendor makes keys, which end with the test.
func NewVendor(t testing.TB) *Vendor {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	keys, err := trust.OpenKeys(path, trust.Lifetimes{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &Vendor{t, path, keys}
}

// Root is the root metadata with which a box begins to trust the vendor.
func (v *Vendor) Root() []byte { return v.keys.Roots()[0] }

// Keys are the vendor's, for a repository.
func (v *Vendor) Keys() *trust.Keys { return v.keys }

// Base writes an update file that brings a release of the Base software.
func (v *Vendor) Base(w io.Writer, r layout.Release, uki pack.Source) {
	v.t.Helper()
	v.Sign(w, pack.Summary{
		Format: pack.Format, Product: pack.Product, Architecture: pack.Architecture,
		Release: pack.Release{Kind: pack.Base, Version: r.Version, Tree: r.Tree},
		Name:    "Base Software " + r.Version, Build: r.Build, Restart: true, Minutes: 2, Built: r.Built, Notes: "Better than the one before.",
	}, map[pack.Role]pack.Source{pack.UKI: uki})
}

// Site writes an update file that brings a site package for Base software from
// 3.2.4 on, which holds the licence agreement and no program that runs.
func (v *Vendor) Site(w io.Writer, version, agreement string) {
	v.t.Helper()
	v.Sign(w, pack.Summary{
		Format: pack.Format, Product: pack.Product, Architecture: pack.Architecture,
		Release: pack.Release{Kind: pack.Site, Version: version, Tree: 1},
		Name:    "Bomgar-" + version, Build: "test", Clients: true, Minutes: 2, Built: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		Requires: []pack.Requirement{{Kind: pack.Base, Min: "3.2.4", Package: "Base Software 3.2.4"}},
		Customer: &pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 5},
	}, map[pack.Role]pack.Source{pack.Program: pack.Bytes([]byte("program")), pack.EULA: pack.Bytes([]byte(agreement))})
}

// Sign writes an update file for any package.
func (v *Vendor) Sign(w io.Writer, s pack.Summary, files map[pack.Role]pack.Source) {
	v.t.Helper()
	var b bytes.Buffer
	_, _, err := pack.Write(&b, s, files)
	v.must(err)
	p, err := pack.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	v.must(err)
	agreement, err := p.EULA(v.t.Context())
	v.must(err)
	v.SignBytes(w, s, agreement, b.Bytes())
}

// SignBytes writes an update file that says a package is in these bytes, be
// they one or not.
func (v *Vendor) SignBytes(w io.Writer, s pack.Summary, agreement string, content []byte) {
	v.t.Helper()
	view, err := trust.OpenPublisher(v.keys, v.t.TempDir())
	v.must(err)
	target := trust.Target{Name: string(s.Kind) + "-" + s.Version, Length: int64(len(content)), SHA256: sha256.Sum256(content), Summary: s, EULA: agreement}
	v.must(view.Publish([]trust.Target{target}, time.Now(), false))
	v.must(trust.WriteOffline(w, v.keys.Roots(), view.Targets(), target.Name, bytes.NewReader(content)))
}

func (v *Vendor) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}
