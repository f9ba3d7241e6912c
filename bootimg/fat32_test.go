// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/diskfs/go-diskfs/backend/file"
	diskfat "github.com/diskfs/go-diskfs/filesystem/fat32"
)

const fatTestSize = 300 << 20

func someFiles() []espFile {
	files := []espFile{
		{"/EFI/BOOT/BOOTX64.EFI", bytes.Repeat([]byte("loader"), 5000)},
		{"/EFI/Linux/understudy-3.3.2-1.efi", bytes.Repeat([]byte("kernel"), 1_000_000)},
		{"/loader/loader.conf", []byte("timeout 0\n")},
		{"/empty", nil},
		{"/one-cluster", bytes.Repeat([]byte("x"), clusterSize)},
	}
	for i := range 200 {
		files = append(files, espFile{fmt.Sprintf("/many/a-rather-long-name-%03d.txt", i), []byte{byte(i)}})
	}
	return files
}

func makeFAT(t *testing.T, base int64, files []espFile) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "fat"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Truncate(base + fatTestSize); err != nil {
		t.Fatal(err)
	}
	if err := writeFAT32(f, base, fatTestSize, "ESP", files, testRelease.Built); err != nil {
		t.Fatal(err)
	}
	return f
}

// Another reader finds what was written.
func TestFAT32ReadsBack(t *testing.T) {
	const base = 1 << 20
	fs, err := diskfat.Read(file.New(makeFAT(t, base, someFiles()), true), fatTestSize, base, fatSector)
	if err != nil {
		t.Fatal(err)
	}
	if got := fs.Label(); got != "ESP" {
		t.Errorf("label %q", got)
	}
	for _, want := range someFiles() {
		if len(want.data) == 0 {
			continue // this reader does not open empty files
		}
		f, err := fs.OpenFile(want.path, os.O_RDONLY)
		if err != nil {
			t.Errorf("%s: %v", want.path, err)
			continue
		}
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, want.data) {
			t.Errorf("%s: %d bytes, %v", want.path, len(got), err)
		}
	}
}

// The reference tool finds nothing to repair.
func TestFAT32PassesTheChecker(t *testing.T) {
	f := makeFAT(t, 0, someFiles())
	if out, err := run(t.Context(), "", nil, "fsck.vfat", "-n", f.Name()); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestFAT32Refuses(t *testing.T) {
	large := espFile{"/large", make([]byte, 200<<20)}
	for name, c := range map[string]struct {
		size  int64
		files []espFile
	}{
		"too small":     {100 << 20, nil},
		"too large":     {4 << 40, nil},
		"does not fit":  {fatTestSize, []espFile{large, {"/large2", large.data}}},
		"relative":      {fatTestSize, []espFile{{"a", nil}}},
		"bad character": {fatTestSize, []espFile{{"/a*b", nil}}},
		"empty name":    {fatTestSize, []espFile{{"/a//b", nil}}},
		"upwards":       {fatTestSize, []espFile{{"/a/../b", nil}}},
		"twice":         {fatTestSize, []espFile{{"/a", nil}, {"/A", nil}}},
		"file as dir":   {fatTestSize, []espFile{{"/a", nil}, {"/a/b", nil}}},
	} {
		f, err := os.Create(filepath.Join(t.TempDir(), "fat"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := writeFAT32(f, 0, c.size, "ESP", c.files, testRelease.Built); err == nil {
			t.Errorf("%s was accepted", name)
		}
		if info, err := f.Stat(); err != nil || info.Size() != 0 {
			t.Errorf("%s: something was written: %v", name, err)
		}
	}
}
