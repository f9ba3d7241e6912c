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

// A signature says who made a package, not that it is one. Each vector of what is
// no package is signed for as what it says of itself, and is refused when a
// person brings it or, where only its content is wrong, when it is installed;
// nothing is left of it.
func TestWhatIsSignedAndIsNoPackage(t *testing.T) {
	const vectors = "../../../pkgstore/pack/testdata"
	names, err := filepath.Glob(filepath.Join(vectors, "bad-*.pkg"))
	if err != nil || len(names) < 40 {
		t.Fatalf("%d vectors, %v", len(names), err)
	}
	b := newBox(t, "uefi")
	site := b.summaryOf(vectors + "/site.pkg")
	installed := 0
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(content) == 0 {
			continue // is not signed
		}
		says, agreement := site, ""
		if p, err := pack.Open(bytes.NewReader(content), int64(len(content))); err == nil {
			says = p.Summary()
			agreement, _ = p.EULA(t.Context())
		}
		b.Running.Version = "3.3.2" // which the site requires
		if says.Kind == pack.Base {
			b.Running.Version = "3.2.4" // older than it
		}
		var file bytes.Buffer
		b.vendor.SignBytes(&file, says, agreement, content)
		ready, err := b.bring(file.Bytes())
		if err != nil && !strings.HasPrefix(err.Error(), "package: ") {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
		if err == nil {
			installed++
			if end := b.do(b.installID(ada, ready.ID, Choice{Accepted: true, Override: true})); end.State != task.Failed || end.Error == "" {
				t.Errorf("%s: %+v", filepath.Base(name), end)
			}
			if err := b.Discard(t.Context(), ada, ready.ID); err != nil {
				t.Error(err)
			}
		}
		if left := b.left(); len(left) != 0 {
			t.Fatalf("%s: left over: %q", filepath.Base(name), left)
		}
	}
	if b.site.installed != nil || installed == 0 {
		t.Errorf("installed is %+v; %d came as far as an install", b.site.installed, installed)
	}
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
