// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/u-root/u-root/pkg/cpio"

	"understudy/appliance/layout"
)

// checkInitramfs wants three programs, no shell, and nothing that differs from
// build to build.
func checkInitramfs(t *testing.T, path string) {
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	records, err := Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	var programs []string
	for name, r := range records {
		if r.Mode&cpio.S_IFMT == cpio.S_IFREG && r.Mode&0o111 != 0 {
			programs = append(programs, name)
		}
		if r.MTime != 0 || r.UID != 0 || r.GID != 0 {
			t.Errorf("%s has time %d and owner %d:%d", name, r.MTime, r.UID, r.GID)
		}
		if strings.HasSuffix(name, "/sh") || strings.Contains(name, "defaultsh") {
			t.Errorf("there is a shell: %s", name)
		}
	}
	slices.Sort(programs)
	if want := []string{"bin/based", "sbin/e2fsck"}; !slices.Equal(programs, want) {
		t.Errorf("programs %q, want %q", programs, want)
	}
	release, err := layout.ParseRelease(contentOf(t, records, layout.PathRelease))
	if err != nil || release != testRelease {
		t.Errorf("release %+v, %v", release, err)
	}
	for _, path := range []string{"/etc/resolv.conf", "/dev/console", layout.PathStateTemplate} {
		if _, ok := records[path[1:]]; !ok {
			t.Errorf("%s is missing", path)
		}
	}
	if first := contentOf(t, records, layout.PathInit); string(first) != layout.PathBased {
		t.Errorf("the kernel would start %q", first)
	}
}

func contentOf(t *testing.T, records map[string]cpio.Record, path string) []byte {
	t.Helper()
	r, ok := records[path[1:]]
	if !ok {
		t.Fatalf("%s is missing", path)
	}
	b, err := Content(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The template is a file system of the size that it says, ready to grow, and
// sound on a device that held noise where it has blocks of zeros, since the box
// leaves those out.
func TestStateTemplate(t *testing.T) {
	path, err := sharedCache(t).stateTemplate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	image := t.TempDir() + "/state"
	out, err := os.Create(image)
	if err != nil {
		t.Fatal(err)
	}
	template, err := io.ReadAll(z)
	if err != nil || len(template) != templateSize {
		t.Fatalf("%d bytes, %v", len(template), err)
	}
	noise := rand.NewChaCha8([32]byte{})
	for block := range slices.Chunk(template, 4096) {
		if bytes.Count(block, []byte{0}) == len(block) {
			noise.Read(block)
		}
	}
	if _, err := out.Write(template); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	// The reference tool finds nothing to say about it.
	if _, err := run(t.Context(), "", nil, "e2fsck", "-fn", image); err != nil {
		t.Error(err)
	}
	said, err := run(t.Context(), "", nil, "dumpe2fs", "-h", image)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"meta_bg", "64bit", "metadata_csum", "Block size:               4096", "Inodes per group:         8192"} {
		if !strings.Contains(string(said), want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}
}
