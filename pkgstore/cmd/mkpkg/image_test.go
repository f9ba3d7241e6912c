// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bootImage writes the least that is a boot image: one section, which says what
// it is.
func bootImage(t *testing.T, osrel string) string {
	t.Helper()
	const signature, align = 0x40, 0x200
	var b bytes.Buffer
	dos := make([]byte, signature)
	copy(dos, "MZ")
	dos[0x3c] = signature
	b.Write(dos)
	b.WriteString("PE\x00\x00")
	section := pe.SectionHeader32{VirtualSize: uint32(len(osrel)), VirtualAddress: 0x1000, SizeOfRawData: align, PointerToRawData: align}
	copy(section.Name[:], ".osrel")
	for _, v := range []any{pe.FileHeader{Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: 1}, section} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	b.Write(make([]byte, align-b.Len()))
	b.WriteString(osrel)
	b.Write(make([]byte, align-len(osrel)))
	path := filepath.Join(t.TempDir(), "image.efi")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// An appliance takes no image but the one that the package promises.
func TestABootImageSaysWhichBuildItIs(t *testing.T) {
	out := filepath.Join(t.TempDir(), "base.pkg")
	image := bootImage(t, "ID=understudy\nIMAGE_VERSION=4.2.1-7\nBUILD_ID=ab12cd\n")
	if _, err := mkpkg(t, "base", "-version", "4.2.1", "-uki", image, "-out", out); err != nil {
		t.Fatal(err)
	}
	text, err := mkpkg(t, "show", out)
	if err != nil || !strings.Contains(text, `"tree": 7`) || !strings.Contains(text, `"build": "ab12cd"`) {
		t.Errorf("%v\n%s", err, text)
	}
	for want, args := range map[string][]string{
		`is version "4.2.1", not 3.3.2`: {"-version", "3.3.2", "-uki", image},
		"give -tree and -build":         {"-version", "4.2.1", "-uki", bootImage(t, "ID=understudy\n")},
		"reading the boot image":        {"-version", "4.2.1", "-uki", out},
	} {
		if _, err := mkpkg(t, append(append([]string{"base"}, args...), "-out", filepath.Join(t.TempDir(), "x"))...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}
