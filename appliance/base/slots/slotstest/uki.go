// SPDX-License-Identifier: Apache-2.0

package slotstest

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"understudy/appliance/layout"
)

// Release is a release with a version and tree revision 1.
func Release(version string) layout.Release {
	return layout.Release{Product: layout.Product, Version: version, Build: "test", Tree: 1, Built: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
}

// Kernel and Initrd are what stands for these two in a release's image: bytes
// that differ from release to release.
func Kernel(r layout.Release) []byte { return noise("kernel "+r.ID(), 40_000) }

// Initrd is a release's initramfs; see Kernel.
func Initrd(r layout.Release) []byte { return noise("initrd "+r.ID(), 90_000) }

func noise(seed string, size int) []byte {
	var key [32]byte
	copy(key[:], seed)
	b := make([]byte, size)
	rand.NewChaCha8(key).Read(b)
	return b
}

// UKI is a release's unified kernel image: whole, but nothing that runs.
func UKI(r layout.Release) []byte {
	const signature, headers, align = 0x40, 0x400, 0x200
	sections := []struct {
		name string
		data []byte
	}{
		{layout.SectionOSRelease, fmt.Appendf(nil, "ID=%s\nPRETTY_NAME=\"Understudy\"\nIMAGE_ID=%s\nIMAGE_VERSION=%s\nBUILD_ID=%s\n", r.Product, r.Product, r.ID(), r.Build)},
		{layout.SectionCmdline, []byte(layout.KernelCmdline)},
		{layout.SectionInitrd, Initrd(r)},
		{layout.SectionLinux, Kernel(r)},
	}
	var head, body bytes.Buffer
	dos := make([]byte, signature)
	copy(dos, "MZ")
	dos[0x3c] = signature
	head.Write(dos)
	head.WriteString("PE\x00\x00")
	put := func(v any) { binary.Write(&head, binary.LittleEndian, v) }
	put(pe.FileHeader{Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: uint16(len(sections)), SizeOfOptionalHeader: 240})
	put(pe.OptionalHeader64{Magic: 0x20b, SectionAlignment: 0x1000, FileAlignment: align, SizeOfHeaders: headers, NumberOfRvaAndSizes: 16})
	for i, s := range sections {
		h := pe.SectionHeader32{
			VirtualSize: uint32(len(s.data)), VirtualAddress: uint32(i+1) << 20,
			SizeOfRawData: uint32(len(s.data)+align-1) &^ (align - 1), PointerToRawData: uint32(headers + body.Len()),
		}
		copy(h.Name[:], s.name)
		put(h)
		body.Write(s.data)
		body.Write(make([]byte, int(h.SizeOfRawData)-len(s.data)))
	}
	head.Write(make([]byte, headers-head.Len()))
	return append(head.Bytes(), body.Bytes()...)
}
