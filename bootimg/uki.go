// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// section is a section to add to an EFI program.
type section struct {
	name string
	data []byte
}

// Places in a PE32+ file. The optional header starts behind the COFF header,
// the section table behind the optional header.
const (
	peOffsetAt     = 0x3c // in the DOS header: where the signature is
	coffHeaderSize = 20
	sectionHeader  = 40
	optInitData    = 8 // in the optional header
	optSectAlign   = 32
	optFileAlign   = 36
	optImageSize   = 56
	optHeaderSize  = 60
	optChecksum    = 64
	optMinimum     = 112

	ukiPage       = 0x1000
	initDataRead  = 0x40000040 // initialised data, readable
	maxStub       = 4 << 20
	maxSectionLen = 1 << 30
)

// writeUKI writes the stub with the sections added behind its own: a unified
// kernel image. The stub finds them by their names. Symbols and signature of
// the stub are left out.
func writeUKI(w io.Writer, stub []byte, add []section) error {
	s, err := openStub(stub)
	if err != nil {
		return fmt.Errorf("EFI stub: %w", err)
	}
	head, raw, err := s.headers(add)
	if err != nil {
		return fmt.Errorf("unified kernel image: %w", err)
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	at := len(head)
	for i, a := range add {
		if _, err := w.Write(make([]byte, raw[i]-at)); err != nil {
			return err
		}
		if _, err := w.Write(a.data); err != nil {
			return err
		}
		at = raw[i] + len(a.data)
	}
	_, err = w.Write(make([]byte, -at&(s.fileAlign-1)))
	return err
}

// stubFile is a checked EFI program.
type stubFile struct {
	data      []byte // up to the end of the last section
	coff, opt int    // offsets of the headers
	table     int    // offset of the section table
	sections  int
	fileAlign int
	sectAlign int
	nextVA    uint64 // first address behind all sections
}

func openStub(b []byte) (*stubFile, error) {
	if len(b) > maxStub || len(b) < peOffsetAt+4 {
		return nil, fmt.Errorf("%d bytes are not an EFI program", len(b))
	}
	f, err := pe.NewFile(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	o, ok := f.OptionalHeader.(*pe.OptionalHeader64)
	if !ok || f.Machine != pe.IMAGE_FILE_MACHINE_AMD64 || f.SizeOfOptionalHeader < optMinimum {
		return nil, errors.New("not a 64-bit program for x86")
	}
	s := &stubFile{sections: len(f.Sections), fileAlign: int(o.FileAlignment), sectAlign: int(o.SectionAlignment)}
	s.coff = int(binary.LittleEndian.Uint32(b[peOffsetAt:])) + 4
	s.opt = s.coff + coffHeaderSize
	s.table = s.opt + int(f.SizeOfOptionalHeader)
	if !powerOfTwo(s.fileAlign) || !powerOfTwo(s.sectAlign) || s.sectAlign > ukiPage || s.fileAlign > ukiPage {
		return nil, fmt.Errorf("alignments %d and %d", s.fileAlign, s.sectAlign)
	}
	end := uint64(o.SizeOfHeaders)
	first := end
	for _, x := range f.Sections {
		if x.Size > 0 {
			first = min(first, uint64(x.Offset))
			end = max(end, uint64(x.Offset)+uint64(x.Size))
		}
		s.nextVA = max(s.nextVA, uint64(x.VirtualAddress)+uint64(x.VirtualSize))
	}
	if end > uint64(len(b)) || s.nextVA > maxSectionLen {
		return nil, errors.New("sections reach beyond the file")
	}
	if first < uint64(s.table+sectionHeader*s.sections) {
		return nil, errors.New("sections overlap the section table")
	}
	s.data = bytes.Clone(b[:end])
	return s, nil
}

// headers returns the stub with its headers changed for the added sections,
// and where each of those starts in the file.
func (s *stubFile) headers(add []section) (head []byte, raw []int, err error) {
	le := binary.LittleEndian
	b := s.data
	room := int(le.Uint32(b[s.opt+optHeaderSize:]))
	if end := s.table + sectionHeader*(s.sections+len(add)); end > room || end > len(b) {
		return nil, nil, fmt.Errorf("no room for %d more section headers in %d bytes", len(add), room)
	}
	at, va := len(b), s.nextVA
	var initData uint64
	for i, a := range add {
		if a.name == "" || len(a.name) > 8 || len(a.data) == 0 || len(a.data) > maxSectionLen {
			return nil, nil, fmt.Errorf("section %q with %d bytes", a.name, len(a.data))
		}
		at = roundUp(at, s.fileAlign)
		va = uint64(roundUp(int(va), ukiPage))
		size := roundUp(len(a.data), s.fileAlign)
		h := b[s.table+sectionHeader*(s.sections+i):][:sectionHeader]
		clear(h)
		copy(h, a.name)
		le.PutUint32(h[8:], uint32(len(a.data)))
		le.PutUint32(h[12:], uint32(va))
		le.PutUint32(h[16:], uint32(size))
		le.PutUint32(h[20:], uint32(at))
		le.PutUint32(h[36:], initDataRead)
		raw = append(raw, at)
		at, va, initData = at+size, va+uint64(len(a.data)), initData+uint64(size)
	}
	if at > maxSectionLen || va > maxSectionLen {
		return nil, nil, fmt.Errorf("%d bytes are too many", at)
	}
	le.PutUint16(b[s.coff+2:], uint16(s.sections+len(add)))
	clear(b[s.coff+8 : s.coff+16]) // symbol table, which is not copied
	le.PutUint32(b[s.opt+optInitData:], le.Uint32(b[s.opt+optInitData:])+uint32(initData))
	le.PutUint32(b[s.opt+optImageSize:], uint32(roundUp(int(va), s.sectAlign)))
	le.PutUint32(b[s.opt+optChecksum:], 0) // EFI does not look at it
	return b, raw, nil
}

func powerOfTwo(n int) bool { return n > 0 && n&(n-1) == 0 }

func roundUp(n, to int) int { return (n + to - 1) &^ (to - 1) }
