// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/u-root/u-root/pkg/cpio"
)

// testArchive packs files, given by name and content, as one archive.
func testArchive(t *testing.T, files ...string) []byte {
	t.Helper()
	tree := newTree()
	for pair := range slices.Chunk(files, 2) {
		tree.add("/"+pair[0], []byte(pair[1]), 0o644)
	}
	var records, packed bytes.Buffer
	if err := tree.write(&records); err != nil {
		t.Fatal(err)
	}
	if err := PackArchive(&packed, &records); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func TestUnpackReadsArchivesBehindEachOther(t *testing.T) {
	packed := slices.Concat(
		testArchive(t, "lib/one.ko", "1", "etc/release", "old"),
		testArchive(t, "lib/two.ko", strings.Repeat("22", 5<<20)), // more than one block
		testArchive(t, "etc/release", "new"))
	records, err := Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, r := range records {
		b, err := Content(r)
		if err != nil {
			t.Fatal(err)
		}
		if r.Mode&cpio.S_IFMT == cpio.S_IFREG {
			got[name] = string(b)
		}
	}
	want := map[string]string{"lib/one.ko": "1", "lib/two.ko": strings.Repeat("22", 5<<20), "etc/release": "new"}
	if !maps.Equal(got, want) {
		t.Errorf("files %v", slices.Sorted(maps.Keys(got)))
	}
}

// The bytes are the same on any machine, also of what needs several blocks.
func TestPackArchiveOnAnyNumberOfProcessors(t *testing.T) {
	text := make([]byte, 20<<20)
	rand.NewChaCha8([32]byte{}).Read(text[:10<<20])
	var packed [2]bytes.Buffer
	for i, processors := range []int{1, 4} {
		before := runtime.GOMAXPROCS(processors)
		err := PackArchive(&packed[i], bytes.NewReader(text))
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(packed[0].Bytes(), packed[1].Bytes()) {
		t.Error("one processor and four write different bytes")
	}
}

// What is cut off or is something else is refused.
func TestUnpackRefuses(t *testing.T) {
	whole := testArchive(t, "lib/one.ko", strings.Repeat("one", 100))
	for n := range len(whole) {
		if _, err := Unpack(whole[:n]); !errors.Is(err, ErrNoInitramfs) {
			t.Errorf("cut after %d of %d bytes: %v", n, len(whole), err)
		}
	}
	var noArchive bytes.Buffer
	if err := PackArchive(&noArchive, strings.NewReader("text")); err != nil {
		t.Fatal(err)
	}
	for _, packed := range [][]byte{nil, []byte("text"), noArchive.Bytes(), make([]byte, 512)} {
		if _, err := Unpack(packed); !errors.Is(err, ErrNoInitramfs) {
			t.Errorf("%q: %v", packed, err)
		}
	}
}
