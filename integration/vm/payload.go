// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// A payload that writes exitValue to exitPort ends QEMU with exitCode: the
// device isa-debug-exit makes it twice the value plus one.
const (
	exitPort  = 0xf4
	exitValue = 0x10
	exitCode  = exitValue*2 + 1
)

// bootSector is a disk of one sector: write the value to the port, stop.
func bootSector() []byte {
	sector := make([]byte, 512)
	copy(sector, []byte{
		0xb0, exitValue, // mov al, exitValue
		0xe6, exitPort, // out exitPort, al
		0xf4,       // hlt
		0xeb, 0xfd, // jmp to the hlt
	})
	sector[510], sector[511] = 0x55, 0xaa
	return sector
}

// exitInit is a static x86-64 program that asks for access to the port by
// ioperm(2), writes the value and spins.
func exitInit() []byte {
	return elf([]byte{
		0xb8, 173, 0, 0, 0, // mov eax, SYS_ioperm
		0xbf, exitPort, 0, 0, 0, // mov edi, exitPort
		0xbe, 1, 0, 0, 0, // mov esi, 1
		0xba, 1, 0, 0, 0, // mov edx, 1
		0x0f, 0x05, // syscall
		0xb0, exitValue, // mov al, exitValue
		0xe6, exitPort, // out exitPort, al
		0xeb, 0xfe, // jmp here
	})
}

// elf wraps code into the smallest program file that Linux takes: a header and
// one segment.
func elf(code []byte) []byte {
	const base, headers = 0x400000, 64 + 56
	le := binary.LittleEndian
	b := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 9)...)
	b = le.AppendUint16(b, 2)    // executable
	b = le.AppendUint16(b, 0x3e) // x86-64
	b = le.AppendUint32(b, 1)
	b = le.AppendUint64(b, base+headers)             // entry
	b = le.AppendUint64(b, 64)                       // program headers
	b = le.AppendUint64(b, 0)                        // no sections
	b = le.AppendUint32(b, 0)                        // flags
	for _, n := range []uint16{64, 56, 1, 0, 0, 0} { // sizes and counts
		b = le.AppendUint16(b, n)
	}
	b = le.AppendUint32(b, 1) // load
	b = le.AppendUint32(b, 5) // readable, executable
	size := uint64(headers + len(code))
	for _, n := range []uint64{0, base, base, size, size, 0x1000} {
		b = le.AppendUint64(b, n)
	}
	return append(b, code...)
}

// initArchive is an initramfs that holds one program, /init.
func initArchive(program []byte) []byte {
	var out bytes.Buffer
	entry := func(name string, mode int, data []byte) {
		fmt.Fprintf(&out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
			1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
		out.Write(make([]byte, -out.Len()&3))
		out.Write(data)
		out.Write(make([]byte, -out.Len()&3))
	}
	entry("init", 0o100755, program)
	entry("TRAILER!!!", 0, nil)
	return out.Bytes()
}
