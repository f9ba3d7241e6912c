// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
)

// Ends a signed module, behind the signature and a struct module_signature
// whose last four bytes are the signature's length, most significant first
// (kernel/module_signature.c).
const signatureMark = "~Module signature appended~\n"

const moduleSignatureSize = 12

// unneeded are the sections that go, with those that relocate them. All of them
// cost time whenever the kernel loads the module.
var unneeded = []string{
	// Types for BPF programs, of which there are none here.
	".BTF",
	// By these a trace of a crash finds its way through the module; the kernel
	// sorts them. Without, it marks what it guesses with a question mark.
	".orc_unwind", ".orc_unwind_ip",
	// Where functions and events can be traced, for which there is nobody: five
	// files of tracefs for every event.
	"__mcount_loc", "_ftrace_events", "_ftrace_eval_map",
	// Where instructions are locked, which a machine with one processor would
	// change one by one, each with a flush of its address space.
	".smp_locks",
}

// slimModule takes out of a kernel module what the kernel would only spend time
// on when it loads it: the unneeded sections, and the distributor's signature,
// which an unlocked kernel does not insist on and which would not fit any more.
// What is in an image is signed for as a whole, by its package. On an emulated
// processor this saves a quarter of the time from power-on to the pages.
func slimModule(module []byte) ([]byte, error) {
	b := withoutSignature(module)
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	if f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB {
		return nil, fmt.Errorf("it is a module for %v, %v", f.Class, f.Data)
	}
	gone := make([]bool, len(f.Sections))
	for i, s := range f.Sections {
		gone[i] = slices.Contains(unneeded, s.Name)
	}
	for i, s := range f.Sections {
		if s.Type == elf.SHT_RELA && int(s.Info) < len(gone) && gone[s.Info] {
			gone[i] = true
		}
	}
	if err := stillWhole(f, gone); err != nil {
		return nil, err
	}
	return packSections(b, f.Sections, gone)
}

// stillWhole returns an error if what stays refers to what goes.
func stillWhole(f *elf.File, gone []bool) error {
	const entry = 24 // bytes of a symbol and of a relocation with addend
	for i, s := range f.Sections {
		if s.Type != elf.SHT_RELA || gone[i] {
			continue
		}
		relocations, err := s.Data()
		if err != nil {
			return err
		}
		if int(s.Link) >= len(f.Sections) {
			return fmt.Errorf("section %s has no symbols", s.Name)
		}
		symbols, err := f.Sections[s.Link].Data()
		if err != nil {
			return err
		}
		for ; len(relocations) >= entry; relocations = relocations[entry:] {
			at := uint64(binary.LittleEndian.Uint32(relocations[12:])) * entry
			if at+entry > uint64(len(symbols)) {
				return fmt.Errorf("section %s refers to a symbol that is not there", s.Name)
			}
			if of := int(binary.LittleEndian.Uint16(symbols[at+6:])); of < len(gone) && gone[of] {
				return fmt.Errorf("section %s refers to section %s", s.Name, f.Sections[of].Name)
			}
		}
	}
	return nil
}

// packSections writes the module anew without the sections that go. The others
// keep their numbers, by which symbols name them, and their order in the file.
func packSections(b []byte, sections []*elf.Section, gone []bool) ([]byte, error) {
	const header, headersAt, sectionHeader = 64, 0x28, 64
	table := binary.LittleEndian.Uint64(b[headersAt:])
	if size := uint64(len(sections)) * sectionHeader; table > uint64(len(b)) || size > uint64(len(b))-table {
		return nil, fmt.Errorf("its section headers end behind its %d bytes", len(b))
	}
	headers := slices.Clone(b[table:][:len(sections)*sectionHeader])
	order := make([]int, len(sections))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(sections[i].Offset, sections[j].Offset), cmp.Compare(inFile(sections[i]), inFile(sections[j])))
	})
	out := slices.Clone(b[:header])
	for _, i := range order {
		s, own := sections[i], headers[i*sectionHeader:][:sectionHeader]
		switch {
		case gone[i]:
			clear(own) // SHT_NULL: no section
		case s.Type != elf.SHT_NULL:
			out = aligned(out, max(s.Addralign, 1))
			binary.LittleEndian.PutUint64(own[24:], uint64(len(out)))
			size := inFile(s)
			if size == 0 {
				continue
			}
			if s.Offset > uint64(len(b)) || size > uint64(len(b))-s.Offset {
				return nil, fmt.Errorf("its section %s ends behind its %d bytes", s.Name, len(b))
			}
			out = append(out, b[s.Offset:][:size]...)
		}
	}
	out = aligned(out, 8)
	binary.LittleEndian.PutUint64(out[headersAt:], uint64(len(out)))
	return append(out, headers...), nil
}

// inFile is how many bytes of the file a section takes.
func inFile(s *elf.Section) uint64 {
	if s.Type == elf.SHT_NOBITS {
		return 0
	}
	return s.FileSize
}

// aligned adds zeros until the length is a multiple of to, a small number.
func aligned(b []byte, to uint64) []byte {
	return append(b, make([]byte, (to-uint64(len(b))%to)%to)...)
}

func withoutSignature(module []byte) []byte {
	signed, ok := bytes.CutSuffix(module, []byte(signatureMark))
	if !ok || len(signed) < moduleSignatureSize {
		return module
	}
	size := int64(binary.BigEndian.Uint32(signed[len(signed)-4:])) + moduleSignatureSize
	if size > int64(len(signed)) {
		return module
	}
	return signed[:int64(len(signed))-size]
}

// addModule puts in a module.
func (t *tree) addModule(path, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	slim, err := slimModule(b)
	if err != nil {
		return fmt.Errorf("module %s: %w", from, err)
	}
	t.add(path, slim, 0o644)
	return nil
}
