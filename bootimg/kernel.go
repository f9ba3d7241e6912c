// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// Places in the header of a bzImage (Documentation/arch/x86/boot.rst, "The
// real-mode kernel header"). The payload is there since protocol 2.08.
const (
	bzSetupSects    = 0x1f1
	bzMagic         = 0x202
	bzVersion       = 0x206
	bzPayloadOffset = 0x248 // from the protected-mode code on
	bzPayloadLength = 0x24c
	bzHeaderEnd     = 0x250
)

// Payload is the packed kernel inside of a bzImage, which lies at start. It is
// empty if there is none.
func Payload(kernel []byte) (payload []byte, start int) {
	le := binary.LittleEndian
	if len(kernel) < bzHeaderEnd || string(kernel[bzMagic:bzMagic+4]) != "HdrS" || le.Uint16(kernel[bzVersion:]) < 0x0208 {
		return nil, 0
	}
	from := (uint64(kernel[bzSetupSects])+1)*512 + uint64(le.Uint32(kernel[bzPayloadOffset:]))
	to := from + uint64(le.Uint32(kernel[bzPayloadLength:]))
	if to > uint64(len(kernel)) {
		return nil, 0
	}
	return kernel[from:to], int(from)
}

// repackedKernel makes a kernel that unpacks itself faster.
func (c cache) repackedKernel(ctx context.Context, path, packageHash string) (string, error) {
	return c.step("vmlinuz", []string{"repacked", packageHash}, func(out string) error {
		kernel, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("package without a part: %w", err)
		}
		repacked, err := repackKernel(ctx, kernel)
		var other *otherKernelError
		if errors.As(err, &other) {
			c.log("the kernel stays as Debian packs it: %v", err)
			repacked, err = kernel, nil
		}
		if err != nil {
			return err
		}
		return os.WriteFile(out, repacked, 0o644)
	})
}

// otherKernelError says that a kernel is not built like those that repackKernel
// knows.
type otherKernelError struct{ why string }

func (e *otherKernelError) Error() string { return e.why }

func otherKernel(format string, args ...any) error {
	return &otherKernelError{fmt.Sprintf(format, args...)}
}

// repackKernel packs the kernel inside of a bzImage anew, without 28 MB of zeros
// (see compactKernel), which a machine would write byte by byte whenever it
// starts, and without a checksum over all of it: what is in an image is signed
// for as a whole. Everything else stays where it is. Where processors are
// emulated, a start by a boot loader takes a twelfth less. The error is an
// *otherKernelError if the kernel has another form than Debian's.
func repackKernel(ctx context.Context, kernel []byte) ([]byte, error) {
	payload, start := Payload(kernel)
	if !bytes.HasPrefix(payload, []byte("\xfd7zXZ\x00")) {
		return nil, otherKernel("it is not packed with XZ")
	}
	plain, err := pipe(ctx, payload, "xz", "-dc", "--single-stream")
	if err != nil {
		return nil, err
	}
	small, err := compactKernel(plain)
	if err != nil {
		return nil, err
	}
	// The kernel's own choice (scripts/xz_wrap.sh), but for the checksum.
	packed, err := pipe(ctx, small, "xz", "-T1", "--check=none", "--x86", "--lzma2=preset=6,dict=32MiB", "-c")
	if err != nil {
		return nil, err
	}
	return replacePayload(kernel, start, len(payload), len(plain), packed, len(small))
}

// replacePayload puts a payload of plain bytes, once it is unpacked, in the place
// of one of wasPlain bytes, and tells it to those that read it: boot loaders by
// the header, the code that unpacks it by two words of its own (piggy.S:
// input_len, output_len). The payload ends with its plain length.
func replacePayload(kernel []byte, start, was, wasPlain int, packed []byte, plain int) ([]byte, error) {
	le := binary.LittleEndian
	words := func(a, b int) []byte { return le.AppendUint32(le.AppendUint32(nil, uint32(a)), uint32(b)) }
	payload := le.AppendUint32(bytes.Clone(packed), uint32(plain))
	if len(payload) > was {
		return nil, otherKernel("packed anew it is %d bytes longer", len(payload)-was)
	}
	if bytes.Count(kernel[start+was:], words(was, wasPlain)) != 1 {
		return nil, otherKernel("its lengths are not where they are expected")
	}
	out := bytes.Clone(kernel)
	clear(out[start:][:was])
	copy(out[start:], payload)
	le.PutUint32(out[bzPayloadLength:], uint32(len(payload)))
	at := start + was + bytes.Index(kernel[start+was:], words(was, wasPlain))
	copy(out[at:], words(len(payload), plain))
	return out, nil
}

const (
	elfPage   = 4096
	elfHeader = 64
	elfEntry  = 56 // bytes of a program header
)

// compactKernel writes an unpacked kernel anew: its segments as near to the
// beginning as they may be, the last one without the zeros from .bss on, which
// the kernel clears itself (clear_bss), and without section headers. Behind them
// stay its relocations, which are found from the end.
//
// The kernel moves its segments one after the other from where it was unpacked
// to where they run, so a segment may not be nearer to the beginning of the file
// than it will be to that of the memory (arch/x86/boot/compressed/misc.c,
// parse_elf).
func compactKernel(b []byte) ([]byte, error) {
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return nil, otherKernel("unpacked: %v", err)
	}
	le := binary.LittleEndian
	table, sections := int(le.Uint64(b[0x20:])), le.Uint64(b[0x28:])
	relocations := sections + uint64(len(f.Sections))*elfHeader
	if f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB || f.Type != elf.ET_EXEC || table != elfHeader ||
		len(f.Progs) == 0 || elfHeader+elfEntry*len(f.Progs) > elfPage || sections > uint64(len(b)) || relocations > uint64(len(b)) {
		return nil, otherKernel("unpacked it is no ELF file as expected")
	}
	bss, err := beginOfZeros(f)
	if err != nil {
		return nil, err
	}
	out := make([]byte, elfPage)
	copy(out, b[:elfHeader+elfEntry*len(f.Progs)])
	clear(out[0x28:0x30]) // e_shoff
	clear(out[0x3c:0x40]) // e_shnum, e_shstrndx
	first := f.Progs[0].Paddr
	for i, p := range f.Progs {
		entry := out[elfHeader+elfEntry*i:]
		switch {
		case p.Paddr < first || p.Paddr-first > uint64(len(b)):
			return nil, otherKernel("its segment %d is at %#x", i, p.Paddr)
		case p.Type == elf.PT_NOTE:
			// Lies in a segment that has its place already.
			le.PutUint64(entry[8:], elfPage+p.Paddr-first)
			continue
		case p.Type != elf.PT_LOAD:
			return nil, otherKernel("it has a segment of type %v", p.Type)
		}
		at, size := elfPage+p.Paddr-first, p.Filesz
		if p.Vaddr <= bss && bss < p.Vaddr+p.Memsz {
			size = bss - p.Vaddr
		}
		if size > p.Filesz || p.Off > uint64(len(b)) || size > uint64(len(b))-p.Off || at < uint64(len(out)) || at > p.Off {
			return nil, otherKernel("its segment %d does not lie as expected", i)
		}
		le.PutUint64(entry[8:], at)
		le.PutUint64(entry[32:], size)
		out = append(out, make([]byte, at-uint64(len(out)))...)
		out = append(out, b[p.Off:][:size]...)
	}
	return append(out, b[relocations:]...), nil
}

// beginOfZeros is the address from which on a kernel has nothing but what it
// clears itself: .bss and .brk, and room (.init.scratch) that has a use only
// while the memory of some processors is being encrypted.
func beginOfZeros(f *elf.File) (uint64, error) {
	bss := f.Section(".bss")
	if bss == nil || bss.Type != elf.SHT_NOBITS {
		return 0, otherKernel("it has no .bss")
	}
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Addr < bss.Addr || s.Name == ".bss" || s.Name == ".brk" {
			continue
		}
		data, err := s.Data()
		if s.Name != ".init.scratch" || err != nil || len(bytes.Trim(data, "\x00")) > 0 {
			return 0, otherKernel("it has %s behind .bss", s.Name)
		}
	}
	return bss.Addr, nil
}
