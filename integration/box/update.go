// SPDX-License-Identifier: Apache-2.0

package box

import (
	"os"
	"path/filepath"
	"testing"

	"understudy/appliance/base/updates/updatestest"
	"understudy/bootimg"
	"understudy/pkgstore/pack"
)

// UpdateFile is an update file of the vendor's that brings a version of the
// Base software: that of this tree, under another name.
func UpdateFile(t testing.TB, vendor *updatestest.Vendor, version string) (path string) {
	t.Helper()
	image := Image(t, version)
	manifest, err := bootimg.ReadManifest(image.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	uki, err := pack.File(image.UKI)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "base-"+version+".usupd")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	vendor.Base(f, manifest.Release, uki)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
