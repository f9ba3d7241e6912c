// SPDX-License-Identifier: Apache-2.0

package espcheck

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
)

// The reader finds what another implementation has written.
func TestVolume(t *testing.T) {
	files := map[string][]byte{"/EFI/BOOT/BOOTX64.EFI": bytes.Repeat([]byte("loader"), 5000), "/loader/loader.conf": []byte("timeout 0\n"), "/slot-a/vmlinuz": []byte("kernel")}
	var names []string
	for i := range 60 {
		files[fmt.Sprintf("/many/a-rather-long-name-%03d+2.efi", i)] = bytes.Repeat([]byte{byte(i)}, 600*i+1)
	}
	for name := range files {
		names = append(names, name[1:])
	}
	v, err := openVolume(io.NewSectionReader(partition(t, files), espOffset, espSize))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := fs.ReadFile(v, name[1:])
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if info, err := fs.Stat(v, strings.ToLower(name[1:])); err != nil || info.Size() != int64(len(want)) {
			t.Errorf("%s in small letters: %v", name, err)
		}
	}
	var found []string
	err = fs.WalkDir(v, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, p)
		}
		return err
	})
	if err != nil || len(found) != len(names) {
		t.Errorf("%d files of %d, %v", len(found), len(names), err)
	}
	if _, err := v.Open("../x"); err == nil {
		t.Error("a path that leads out was opened")
	}
	if _, err := openVolume(bytes.NewReader(make([]byte, 4096))); err == nil {
		t.Error("zeros are a file system")
	}
}
