// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// realStub is the stub of Debian's systemd-boot.
func realStub(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(packageTree(t, 1), "usr/lib/systemd/boot/efi/linuxx64.efi.stub"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func someSections() []section {
	return []section{
		{".osrel", []byte("ID=understudy\n")},
		{".cmdline", []byte("quiet")},
		{".uname", []byte("6.1.0")},
		{".initrd", bytes.Repeat([]byte("initrd"), 100_000)},
		{".linux", bytes.Repeat([]byte("kernel!"), 70_001)},
	}
}

func TestUKIReadsBack(t *testing.T) {
	stub, sections := realStub(t), someSections()
	var b bytes.Buffer
	if err := writeUKI(&b, stub, sections); err != nil {
		t.Fatal(err)
	}
	checkUKI(t, stub, b.Bytes(), sections)
}

// checkUKI reads a unified kernel image with the standard library's reader.
func checkUKI(t *testing.T, stub, uki []byte, sections []section) {
	t.Helper()
	before, err := pe.NewFile(bytes.NewReader(stub))
	if err != nil {
		t.Fatal(err)
	}
	f, err := pe.NewFile(bytes.NewReader(uki))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Sections) != len(before.Sections)+len(sections) {
		t.Fatalf("%d sections", len(f.Sections))
	}
	for i, s := range before.Sections {
		want, err1 := s.Data()
		got, err2 := f.Sections[i].Data()
		if err1 == nil && (err2 != nil || !bytes.Equal(got, want)) {
			t.Errorf("section %s of the stub changed: %v", s.Name, err2)
		}
	}
	end := uint32(0)
	for i, s := range f.Sections {
		if i > 0 && s.VirtualAddress < end {
			t.Errorf("section %s overlaps the one before it in memory", s.Name)
		}
		end = s.VirtualAddress + s.VirtualSize
	}
	for i, want := range sections {
		s := f.Sections[len(before.Sections)+i]
		data, err := s.Data()
		if err != nil || s.Name != want.name || int(s.VirtualSize) != len(want.data) || !bytes.Equal(data[:s.VirtualSize], want.data) {
			t.Errorf("section %s: %+v, %v", want.name, s.SectionHeader, err)
		}
		if s.VirtualAddress%ukiPage != 0 {
			t.Errorf("section %s is at %#x", s.Name, s.VirtualAddress)
		}
	}
	if o := f.OptionalHeader.(*pe.OptionalHeader64); o.SizeOfImage < end || f.NumberOfSymbols != 0 {
		t.Errorf("image size %#x, sections end at %#x, %d symbols", o.SizeOfImage, end, f.NumberOfSymbols)
	}
}

func TestUKIOfASmallStub(t *testing.T) {
	var b bytes.Buffer
	if err := writeUKI(&b, smallStub(), someSections()); err != nil {
		t.Fatal(err)
	}
	checkUKI(t, smallStub(), b.Bytes(), someSections())
}

func TestUKIRefuses(t *testing.T) {
	stub := realStub(t)
	many := make([]section, 40)
	for i := range many {
		many[i] = section{".x", []byte("x")}
	}
	for name, c := range map[string]struct {
		stub []byte
		add  []section
		want string
	}{
		"no stub":       {nil, someSections(), "not an EFI program"},
		"text":          {bytes.Repeat([]byte("text "), 100), someSections(), "EFI stub"},
		"cut short":     {stub[:len(stub)/2], someSections(), "EFI stub"},
		"many sections": {stub, many, "no room"},
		"long name":     {stub, []section{{".muchtoolong", []byte("x")}}, "section"},
		"empty":         {stub, []section{{".osrel", nil}}, "0 bytes"},
	} {
		var b bytes.Buffer
		if err := writeUKI(&b, c.stub, c.add); err == nil || !strings.Contains(err.Error(), c.want) || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes written", name, err, b.Len())
		}
	}
}

// smallStub is the smallest program that passes for a stub: one section.
func smallStub() []byte {
	const signature, headers, raw = 0x40, 0x400, 0x200
	var b bytes.Buffer
	dos := make([]byte, signature)
	copy(dos, "MZ")
	dos[peOffsetAt] = signature
	b.Write(dos)
	b.WriteString("PE\x00\x00")
	for _, part := range []any{
		pe.FileHeader{Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: 1, SizeOfOptionalHeader: 240},
		pe.OptionalHeader64{Magic: 0x20b, SectionAlignment: 0x200, FileAlignment: 0x200, SizeOfHeaders: headers, NumberOfRvaAndSizes: 16},
		pe.SectionHeader32{Name: [8]uint8{'.', 't'}, VirtualSize: raw, VirtualAddress: 0x1000, SizeOfRawData: raw, PointerToRawData: headers},
	} {
		binary.Write(&b, binary.LittleEndian, part)
	}
	b.Write(make([]byte, headers+raw-b.Len()))
	return b.Bytes()
}

func FuzzUKI(f *testing.F) {
	f.Add(smallStub())
	f.Add([]byte("MZ"))
	f.Fuzz(func(t *testing.T, stub []byte) {
		var b bytes.Buffer
		sections := []section{{".a", []byte("first")}, {".b", []byte("second")}}
		if err := writeUKI(&b, stub, sections); err != nil {
			return
		}
		p, err := pe.NewFile(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("accepted, but cannot be read back: %v", err)
		}
		for i, want := range sections {
			s := p.Sections[len(p.Sections)-2+i]
			if data, err := s.Data(); err != nil || !bytes.HasPrefix(data, want.data) {
				t.Fatalf("section %s: %q, %v", want.name, data, err)
			}
		}
	})
}
