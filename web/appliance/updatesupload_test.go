// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"testing"

	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/base/updates/updatestest"
	"understudy/pkgstore/pack"
	"understudy/web/appliance/appliancetest"
)

// A refused file is answered beside its field, in words: what a package
// requires and what is installed, or that it is no update file.
func TestWhatARefusedUploadIsTold(t *testing.T) {
	vendor := updatestest.NewVendor(t)
	b := appliancetest.New(t, appliancetest.Options{Changed: true, TrustRoot: vendor.Root()})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	r := slotstest.Release("98.1.0")
	var early bytes.Buffer
	vendor.Sign(&early, pack.Summary{
		Format: pack.Format, Product: pack.Product, Architecture: pack.Architecture, Name: "Base Software 98.1.0", Build: r.Build, Built: r.Built,
		Release:  pack.Release{Kind: pack.Base, Version: r.Version, Tree: r.Tree},
		Requires: []pack.Requirement{{Kind: pack.Base, Min: "97.1.0", Package: "Base Software 97.1.0"}},
	}, map[pack.Role]pack.Source{pack.UKI: pack.Bytes(slotstest.UKI(r))})
	for want, file := range map[string][]byte{
		"Install this Update&#34;. Base Software 98.1.0 requires Base Software 97.1.0 or newer; ": early.Bytes(),
		"This is no update file": []byte("hello I am no update"),
	} {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, err := w.CreateFormFile("package", "update.usupd")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(file)
		_ = w.Close()
		a := browser.Do(http.MethodPost, "/appliance/updates/upload", form.String(), http.Header{"Content-Type": {w.FormDataContentType()}})
		if a.Status != 422 || !a.Shows(want) || a.Shows("hello") {
			t.Errorf("%q is not there: %d %s", want, a.Status, a.Body)
		}
	}
}
