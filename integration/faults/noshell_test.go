// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"understudy/integration/box"
	"understudy/integration/vm"
)

// programs are all that can be executed in the image: init with its one applet
// and its names, our own program, and the file system check.
var programs = []string{"init", "bin/init", "bin/uinit", "bin/based", "sbin/e2fsck"}

// TestImageHasNoShell looks through what the kernel unpacks: nothing can be run
// but the programs above, so there is nothing for an attacker to call.
func TestImageHasNoShell(t *testing.T) {
	image, err := vm.BuildImage(t.Context(), box.Base, nil)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(image.Initrd)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	files, err := readNewc(archive)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range files {
		allowed := slices.Contains(programs, f.name)
		if allowed {
			found++
		}
		module := strings.HasPrefix(f.name, "lib/modules/") && strings.HasSuffix(f.name, ".ko")
		switch {
		case f.link() && !allowed && path.Base(f.name) != "resolv.conf":
			t.Errorf("%s is a link to %s", f.name, f.data)
		case f.regular() && f.mode&0o111 != 0 && !allowed:
			t.Errorf("%s can be executed", f.name)
		case f.regular() && bytes.HasPrefix(f.data, []byte("\x7fELF")) && !allowed && !module:
			t.Errorf("%s is a program or library", f.name)
		case f.regular() && bytes.HasPrefix(f.data, []byte("#!")):
			t.Errorf("%s is a script", f.name)
		case f.regular() && f.mode&0o6000 != 0:
			t.Errorf("%s changes who runs it", f.name)
		}
	}
	if len(files) < 50 || found < 4 {
		t.Errorf("only %d files and %d programs were found: this is not the image", len(files), found)
	}
}

// unpack joins what the parts of an initramfs hold: zstd frames, zeros between
// them.
func unpack(b []byte) (archive []byte, err error) {
	d, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	for {
		if b = bytes.TrimLeft(b, "\x00"); len(b) == 0 {
			return archive, nil
		}
		n, err := frameSize(b)
		if err != nil {
			return nil, err
		}
		if archive, err = d.DecodeAll(b[:n], archive); err != nil {
			return nil, fmt.Errorf("unpack the initramfs: %w", err)
		}
		b = b[n:]
	}
}

// frameSize is the length of the zstd frame at the start of b (RFC 8878).
func frameSize(b []byte) (int, error) {
	const headerSize, rle = 3, 1
	var h zstd.Header
	if err := h.Decode(b); err != nil {
		return 0, fmt.Errorf("unpack the initramfs: %w", err)
	}
	at := h.HeaderSize
	for last := false; !last; {
		if at+headerSize > len(b) {
			return 0, io.ErrUnexpectedEOF
		}
		block := int(b[at]) | int(b[at+1])<<8 | int(b[at+2])<<16
		at += headerSize
		if block>>1&3 == rle {
			at++
		} else {
			at += block >> 3
		}
		last = block&1 == 1
	}
	if h.HasCheckSum {
		at += 4
	}
	if at > len(b) {
		return 0, io.ErrUnexpectedEOF
	}
	return at, nil
}

// newcFile is a file of a cpio archive in the form that kernels unpack.
type newcFile struct {
	name string
	mode uint32
	data []byte
}

func (f newcFile) regular() bool { return f.mode&0o170000 == 0o100000 }
func (f newcFile) link() bool    { return f.mode&0o170000 == 0o120000 }

// readNewc reads archives that follow each other, zeros between them, as the
// kernel does.
func readNewc(b []byte) (files []newcFile, err error) {
	const header = 110
	field := func(h []byte, i int) int {
		n, ferr := strconv.ParseUint(string(h[6+8*i:14+8*i]), 16, 32)
		if ferr != nil {
			err = ferr
		}
		return int(n)
	}
	align := func(n int) int { return (n + 3) &^ 3 }
	for at := 0; ; {
		for at < len(b) && b[at] == 0 {
			at++
		}
		if at == len(b) {
			return files, nil
		}
		if at+header > len(b) || string(b[at:at+6]) != "070701" {
			return nil, fmt.Errorf("no file begins at byte %d", at)
		}
		h := b[at : at+header]
		mode, size, nameSize := field(h, 1), field(h, 6), field(h, 11)
		if err != nil {
			return nil, fmt.Errorf("read the file at byte %d: %w", at, err)
		}
		nameEnd := at + header + nameSize
		start := align(nameEnd)
		if nameSize < 1 || start+size > len(b) {
			return nil, fmt.Errorf("the file at byte %d is longer than the archive", at)
		}
		name := string(b[at+header : nameEnd-1])
		if name != "TRAILER!!!" {
			files = append(files, newcFile{name, uint32(mode), b[start : start+size]})
		}
		at = min(align(start+size), len(b))
	}
}
