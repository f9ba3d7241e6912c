// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unpacked is Debian's kernel as it is packed, and what is in it.
func unpacked(t testing.TB, path string) (kernel, plain []byte) {
	t.Helper()
	kernel, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := Payload(kernel)
	if plain, err = pipe(t.Context(), payload, "xz", "-dc", "--single-stream"); err != nil {
		t.Fatal(err)
	}
	return kernel, plain
}

func debianKernel(t testing.TB) (kernel, plain []byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(kernelTree(t), "boot/vmlinuz-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	return unpacked(t, files[0])
}

// The kernel of an image is Debian's in every byte of memory that it is loaded
// to; only how it is packed is different.
func TestTheKernelIsDebians(t *testing.T) {
	kernel, plain := debianKernel(t)
	ours, small := unpacked(t, repacked(t))
	if len(ours) != len(kernel) {
		t.Errorf("the file has %d bytes, Debian's %d", len(ours), len(kernel))
	}
	if fresh, err := compactKernel(plain); err != nil || !bytes.Equal(fresh, small) {
		t.Errorf("in the image is another one than is made of Debian's: %v", err)
	}
	if got := len(plain) - len(small); got < 20<<20 {
		t.Errorf("unpacked it is only %d bytes smaller", got)
	}
	if !bytes.Equal(memory(t, small), memory(t, plain)) {
		t.Error("loaded to memory it is not the same")
	}
	if was := relocations(plain); len(was) < 100_000 || !slices.Equal(relocations(small), was) {
		t.Errorf("the relocations are not the same: %d, %d", len(relocations(small)), len(was))
	}
	was, is := note(t, plain), note(t, small)
	if len(was) == 0 || !bytes.Equal(was, is) {
		t.Error("the notes, by which QEMU enters a kernel, are not the same")
	}
	payload, start := Payload(kernel)
	begin, behind := bzPayloadLength+4, start+len(payload)
	if !bytes.Equal(ours[:bzPayloadLength], kernel[:bzPayloadLength]) || !bytes.Equal(ours[begin:start], kernel[begin:start]) {
		t.Error("something in front of the payload has changed")
	}
	var changed int
	for i := behind; i < len(kernel); i++ {
		if ours[i] != kernel[i] {
			changed++
		}
	}
	if changed == 0 || changed > 8 {
		t.Errorf("behind the payload %d bytes have changed, want those of two lengths", changed)
	}
}

// memory is what a kernel's segments are loaded to, from the first one's address
// on.
func memory(t *testing.T, kernel []byte) (m []byte) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(kernel))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		at := int(p.Paddr - f.Progs[0].Paddr)
		m = slices.Concat(m, make([]byte, max(at+int(p.Memsz)-len(m), 0)))
		if _, err := p.ReadAt(m[at:][:p.Filesz], 0); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// relocations reads the three lists behind a kernel, from the end.
func relocations(kernel []byte) (list []uint32) {
	for zeros := 0; zeros < 3 && len(kernel) >= 4; kernel = kernel[:len(kernel)-4] {
		r := binary.LittleEndian.Uint32(kernel[len(kernel)-4:])
		if list = append(list, r); r == 0 {
			zeros++
		}
	}
	return list
}

func note(t *testing.T, kernel []byte) []byte {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(kernel))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_NOTE {
			b := make([]byte, p.Filesz)
			if _, err := p.ReadAt(b, 0); err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	return nil
}

// A kernel that is not built like Debian's is left alone.
func TestOtherKernels(t *testing.T) {
	kernel, _ := debianKernel(t)
	payload, start := Payload(kernel)
	zstd := bytes.Clone(kernel)
	copy(zstd[start:], "\x28\xb5\x2f\xfd")
	packed, err := pipe(t.Context(), []byte("no kernel"), "xz", "-c")
	if err != nil {
		t.Fatal(err)
	}
	noELF := bytes.Clone(kernel)
	copy(noELF[start:], packed)
	for name, c := range map[string]struct {
		kernel []byte
		why    string
	}{
		"nothing":    {nil, "not packed with XZ"},
		"cut short":  {kernel[:start+len(payload)-1], "not packed with XZ"},
		"zstd":       {zstd, "not packed with XZ"},
		"not an ELF": {noELF, "unpacked: EOF"},
	} {
		_, err := repackKernel(t.Context(), c.kernel)
		var other *otherKernelError
		if !errors.As(err, &other) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
	for name, c := range map[string]struct {
		plain, size int
		why         string
	}{
		"longer":       {1, len(payload), "4 bytes longer"},
		"other length": {1, 100, "not where they are expected"},
	} {
		if _, err := replacePayload(kernel, start, len(payload), c.plain, make([]byte, c.size), 1); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
}

func FuzzPayload(f *testing.F) {
	b := make([]byte, 3*512)
	b[bzSetupSects] = 1
	copy(b[bzMagic:], "HdrS")
	b[bzVersion], b[bzVersion+1] = 0x0f, 0x02
	b[bzPayloadLength] = 100
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if payload, start := Payload(b); !bytes.Equal(payload, b[start:][:len(payload)]) {
			t.Errorf("a payload of %d bytes that is not at %d", len(payload), start)
		}
	})
}

func FuzzCompactKernel(f *testing.F) {
	f.Add(tinyKernel())
	f.Fuzz(func(t *testing.T, b []byte) {
		small, err := compactKernel(b)
		var other *otherKernelError
		if err != nil && !errors.As(err, &other) {
			t.Error(err)
		}
		if len(small) > elfPage+len(b) {
			t.Errorf("%d bytes became %d", len(b), len(small))
		}
	})
}

// tinyKernel has a segment with .text and .bss, and two relocations.
func tinyKernel() []byte {
	le := binary.LittleEndian
	names := "\x00.text\x00.bss\x00.shstrtab\x00"
	const text, strings, headers = 0x2000, 0x3800, 0x3900
	b := make([]byte, headers+4*elfHeader)
	copy(b, "\x7fELF\x02\x01\x01")
	le.PutUint16(b[16:], uint16(elf.ET_EXEC))
	le.PutUint16(b[18:], uint16(elf.EM_X86_64))
	le.PutUint32(b[20:], 1)
	le.PutUint64(b[32:], elfHeader)
	le.PutUint64(b[40:], headers)
	for i, n := range []uint16{elfHeader, elfEntry, 1, elfHeader, 4, 3} {
		le.PutUint16(b[52+2*i:], n)
	}
	segment := b[elfHeader:]
	le.PutUint32(segment, uint32(elf.PT_LOAD))
	for i, n := range []uint64{text, 0x1000000, 0x1000000, 0x1800, 0x1800, 0x1000} {
		le.PutUint64(segment[8+8*i:], n)
	}
	section := func(i int, name, kind uint32, flags, addr, off, size uint64) {
		s := b[headers+elfHeader*i:]
		le.PutUint32(s, name)
		le.PutUint32(s[4:], kind)
		for j, n := range []uint64{flags, addr, off, size} {
			le.PutUint64(s[8+8*j:], n)
		}
	}
	section(1, 1, uint32(elf.SHT_PROGBITS), uint64(elf.SHF_ALLOC), 0x1000000, text, 0x1000)
	section(2, 7, uint32(elf.SHT_NOBITS), uint64(elf.SHF_ALLOC), 0x1001000, text+0x1000, 0x800)
	section(3, 12, uint32(elf.SHT_STRTAB), 0, 0, strings, uint64(len(names)))
	copy(b[text:], "code")
	copy(b[strings:], names)
	return append(b, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0)
}

func TestCompactKernel(t *testing.T) {
	b := tinyKernel()
	small, err := compactKernel(b)
	if err != nil || !bytes.Equal(memory(t, small), memory(t, b)) || len(small) != elfPage+0x1000+16 {
		t.Errorf("%d bytes, %v", len(small), err)
	}
}
