// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"os"
	"path/filepath"
	"testing"

	"understudy/bootimg"
)

// echoCode is a boot sector that writes "ready", then sends back what is typed
// at the serial console. "r" resets the machine, "q" powers it off.
var echoCode = []byte{
	0x31, 0xc0, // xor ax, ax
	0x8e, 0xd8, // mov ds, ax
	0xbe, 0x46, 0x7c, // mov si, text
	// print:
	0xac,       // lodsb
	0x84, 0xc0, // test al, al
	0x74, 0x05, // jz loop
	0xe8, 0x1b, 0x00, // call put
	0xeb, 0xf6, // jmp print
	// loop: wait for a byte
	0xba, 0xfd, 0x03, // mov dx, 0x3fd
	0xec,       // in al, dx
	0xa8, 0x01, // test al, 1
	0x74, 0xf8, // jz loop
	0xba, 0xf8, 0x03, // mov dx, 0x3f8
	0xec,      // in al, dx
	0x3c, 'r', // cmp al, 'r'
	0x74, 0x18, // je reset
	0x3c, 'q', // cmp al, 'q'
	0x74, 0x19, // je off
	0xe8, 0x02, 0x00, // call put
	0xeb, 0xe7, // jmp loop
	// put: wait until the port is free, write al
	0x50,             // push ax
	0xba, 0xfd, 0x03, // mov dx, 0x3fd
	0xec,       // in al, dx
	0xa8, 0x20, // test al, 0x20
	0x74, 0xfb, // jz to the in
	0x58,             // pop ax
	0xba, 0xf8, 0x03, // mov dx, 0x3f8
	0xee, // out dx, al
	0xc3, // ret
	// reset: by the keyboard controller
	0xb0, 0xfe, // mov al, 0xfe
	0xe6, 0x64, // out 0x64, al
	0xf4, // hlt
	// off: ACPI's sleep state 5, where SeaBIOS puts the register
	0xba, 0x04, 0x06, // mov dx, 0x604
	0xb8, 0x00, 0x20, // mov ax, 0x2000
	0xef, // out dx, ax
	0xf4, // hlt
	// text:
	'r', 'e', 'a', 'd', 'y', '\r', '\n', 0,
}

// noWait is room for machines that run for a fraction of a second: they need
// not wait for those of other tests.
var noWait = new(Reservation)

// echoImage is a disk with echoCode.
func echoImage(t testing.TB) bootimg.Artifacts {
	t.Helper()
	sector := make([]byte, 512)
	copy(sector, echoCode)
	sector[510], sector[511] = 0x55, 0xaa
	path := filepath.Join(t.TempDir(), "echo.img")
	if err := os.WriteFile(path, sector, 0o600); err != nil {
		t.Fatal(err)
	}
	return bootimg.Artifacts{Raw: path}
}
