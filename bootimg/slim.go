// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
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

// slimModule takes out of a kernel module what the kernel would only spend time
// on when it loads it: the types for BPF programs, of which there are none here,
// and the distributor's signature, which an unlocked kernel does not insist on
// and which would not fit any more. What is in an image is signed for as a
// whole, by its package. On an emulated processor this saves a fifth of the
// time from power-on to the pages.
func slimModule(module []byte) ([]byte, error) {
	b := slices.Clone(withoutSignature(module))
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	if f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB {
		return nil, fmt.Errorf("it is a module for %v, %v", f.Class, f.Data)
	}
	const headersAt, headerSize = 0x28, 64
	headers := binary.LittleEndian.Uint64(b[headersAt:])
	for i, s := range f.Sections {
		if s.Name != ".BTF" {
			continue
		}
		if end := s.Offset + s.FileSize; end < s.Offset || end > uint64(len(b)) {
			return nil, fmt.Errorf("its section %s ends at %d of %d bytes", s.Name, end, len(b))
		}
		clear(b[s.Offset : s.Offset+s.FileSize])
		clear(b[headers+uint64(i)*headerSize:][:headerSize]) // SHT_NULL: no section
	}
	return b, nil
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
