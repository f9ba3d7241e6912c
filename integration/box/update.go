// SPDX-License-Identifier: Apache-2.0

package box

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"understudy/appliance/base/updates/updatestest"
	"understudy/bootimg"
	"understudy/integration/vm"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
)

// UpdateFile is an update file of the vendor's that brings a version of the
// Base software: that of this tree, under another name.
func UpdateFile(t testing.TB, vendor *updatestest.Vendor, version string) (path string) {
	t.Helper()
	return baseFile(t, vendor, Image(t, version))
}

// baseFile is the update file that brings an image.
func baseFile(t testing.TB, vendor *updatestest.Vendor, image bootimg.Artifacts) (path string) {
	t.Helper()
	manifest, err := bootimg.ReadManifest(image.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	uki, err := pack.File(image.UKI)
	if err != nil {
		t.Fatal(err)
	}
	return updateFile(t, "base-"+manifest.Release.Version, func(w io.Writer) { vendor.Base(w, manifest.Release, uki) })
}

// SiteFile is an update file of the vendor's that brings a version of the site
// software: that of this tree, as the release that the catalogue has.
func SiteFile(t testing.TB, vendor *updatestest.Vendor, version string) (path string) {
	t.Helper()
	entry, ok := catalogue.Find(pack.Site, version)
	if !ok {
		t.Fatalf("the catalogue has no site %s", version)
	}
	release, err := bootimg.ReleaseFor(t.Context(), version)
	if err != nil {
		t.Fatal(err)
	}
	program, err := pack.File(siteProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	customer := &pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 25}
	summary := entry.For(catalogue.Build{Tree: release.Tree, ID: release.Build, Time: release.Built}, customer)
	return updateFile(t, "site-"+version, func(w io.Writer) {
		vendor.Sign(w, summary, map[pack.Role]pack.Source{pack.Program: program, pack.EULA: pack.Bytes([]byte(entry.EULA))})
	})
}

// siteProgram is sited, compiled.
func siteProgram(t testing.TB) (path string) {
	t.Helper()
	build, err := vm.BuildDir()
	if err != nil {
		t.Fatal(err)
	}
	program, err := bootimg.CompileSite(t.Context(), filepath.Join(build, "cache"), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func updateFile(t testing.TB, name string, write func(io.Writer)) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name+".usupd")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	write(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
