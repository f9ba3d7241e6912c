// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/appliance/task"
	"understudy/pkgstore/pack"
)

// A signature says who made a package, not that it is one: each vector of what
// is no package is refused when a person brings it, or when it is installed,
// with nothing left of it and the box as it was.
func TestWhatIsSignedAndIsNoPackage(t *testing.T) {
	const vectors = "../../../pkgstore/pack/testdata"
	names, err := filepath.Glob(filepath.Join(vectors, "bad-*.pkg"))
	if err != nil || len(names) < 40 {
		t.Fatalf("%d vectors, %v", len(names), err)
	}
	b := newBox(t, "uefi")
	site := b.summaryOf(vectors + "/site.pkg")
	late := 0 // found out by the install
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(content) == 0 {
			continue // is not signed
		}
		var file bytes.Buffer
		b.vendor.SignBytes(&file, site, "Be good.\n", content)
		ready, err := b.bring(file.Bytes())
		if err == nil {
			late++
			end := b.do(b.installID(ada, ready.ID, Choice{Accepted: true}))
			if end.State != task.Failed || end.Error == "" {
				t.Errorf("%s: %+v", filepath.Base(name), end)
			}
			if err := b.Discard(t.Context(), ada, ready.ID); err != nil {
				t.Error(err)
			}
		} else if !strings.Contains(err.Error(), "package") {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
		if left := b.left(); len(left) != 0 {
			t.Fatalf("%s: left over: %q", filepath.Base(name), left)
		}
	}
	if b.site.program != "" {
		t.Errorf("installed was %q", b.site.program)
	}
	t.Logf("%d of %d were found out by the install only", late, len(names))
}

// summaryOf is what a package says of itself.
func (b *box) summaryOf(path string) pack.Summary {
	b.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		b.t.Fatal(err)
	}
	p, err := pack.Open(f, info.Size())
	if err != nil {
		b.t.Fatal(err)
	}
	return p.Summary()
}
