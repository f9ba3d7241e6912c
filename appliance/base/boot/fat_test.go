// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/diskfs/go-diskfs"
	diskpkg "github.com/diskfs/go-diskfs/disk"
	"github.com/diskfs/go-diskfs/filesystem"
)

// fat32 makes a real FAT32 volume with a label.
func fat32(t *testing.T, path, label string) {
	t.Helper()
	d, err := diskfs.Create(path, 64<<20, diskfs.SectorSizeDefault)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.CreateFilesystem(diskpkg.FilesystemSpec{FSType: filesystem.TypeFat32, VolumeLabel: label}); err != nil {
		t.Fatal(err)
	}
}

// fat16 is as much of a FAT16 volume as says its label: a boot sector, one FAT
// and a root directory with a deleted entry and a long name in front.
func fat16(boot, root string) []byte {
	b := make([]byte, 8*512)
	copy(b, "\xeb\x3c\x90MSDOS5.0")
	le := binary.LittleEndian
	le.PutUint16(b[11:], 512)
	b[13] = 1
	le.PutUint16(b[14:], 1)
	b[16] = 1
	le.PutUint16(b[17:], 16)
	le.PutUint16(b[22:], 2)
	b[0x26] = 0x29
	copy(b[0x2b:0x36], (boot + "           ")[:11])
	b[510], b[511] = 0x55, 0xaa
	dir := b[3*512:]
	copy(dir, "\xe5LD LABEL  \x08")
	copy(dir[32:], "\x41s\x00e\x00e\x00d\x00.\x00\x0f")
	if root != "" {
		copy(dir[64:], (root + "           ")[:11]+"\x08")
	}
	return b
}

func TestFATLabel(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "stick")
	fat32(t, path, "UNDERSTUDY")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := fatLabel(f); got != "UNDERSTUDY" {
		t.Errorf("FAT32: %q", got)
	}
	for _, c := range []struct{ name, boot, root, want string }{
		{"both", "UNDERSTUDY", "UNDERSTUDY", "UNDERSTUDY"},
		{"renamed", "OLD", "UNDERSTUDY", "UNDERSTUDY"},
		{"boot sector only", "UNDERSTUDY", "", "UNDERSTUDY"},
		{"none", "NO NAME", "", ""},
	} {
		if got := fatLabel(bytes.NewReader(fat16(c.boot, c.root))); got != c.want {
			t.Errorf("FAT16, %s: %q, want %q", c.name, got, c.want)
		}
	}
	for name, b := range map[string][]byte{"nothing": nil, "short": make([]byte, 100), "zeros": make([]byte, 4096), "cut off": fat16("X", "")[:512]} {
		if got := fatLabel(bytes.NewReader(b)); got != "" && name != "cut off" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func FuzzFATLabel(f *testing.F) {
	f.Add(fat16("UNDERSTUDY", "X"))
	f.Add(fat16("", "")[:512])
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := fatLabel(bytes.NewReader(b)); len(got) > 11 {
			t.Errorf("label of %d bytes", len(got))
		}
	})
}
