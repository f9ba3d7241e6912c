// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/fat32"

	"understudy/appliance/layout"
)

// Offsets in the header of a PE section.
const (
	sectionHeaderLen = 40
	sectionVirtual   = 8  // size in memory
	sectionRaw       = 16 // size in the file
	sectionPointer   = 20 // offset in the file
)

// withInitrd gives the unified kernel image another initramfs, no larger than
// the one it has. What lies behind it in the file moves up; nothing moves in
// memory.
func withInitrd(uki, initrd []byte) ([]byte, error) {
	f, err := pe.NewFile(bytes.NewReader(uki))
	if err != nil {
		return nil, fmt.Errorf("read the unified kernel image: %w", err)
	}
	opt, ok := f.OptionalHeader.(*pe.OptionalHeader64)
	old := f.Section(layout.SectionInitrd)
	if !ok || old == nil || int(old.VirtualSize) < len(initrd) {
		return nil, errors.New("the unified kernel image has no room for the initramfs")
	}
	padded := append(bytes.Clone(initrd), make([]byte, -len(initrd)&(int(opt.FileAlignment)-1))...)
	shrunk := old.Size - uint32(len(padded))
	out := append(bytes.Clone(uki[:old.Offset]), padded...)
	out = append(out, uki[old.Offset+old.Size:]...)

	le := binary.LittleEndian
	table := int(le.Uint32(uki[0x3c:])) + 4 + 20 + int(f.SizeOfOptionalHeader)
	for i, s := range f.Sections {
		h := out[table+i*sectionHeaderLen:]
		switch {
		case s == old:
			le.PutUint32(h[sectionVirtual:], uint32(len(initrd)))
			le.PutUint32(h[sectionRaw:], uint32(len(padded)))
		case s.Offset > old.Offset:
			le.PutUint32(h[sectionPointer:], s.Offset-shrunk)
		}
	}
	return out, nil
}

// copySparse copies a file that is mostly holes.
func copySparse(ctx context.Context, from, to string) error {
	out, err := exec.CommandContext(ctx, "cp", "--sparse=always", from, to).CombinedOutput()
	if err != nil {
		return fmt.Errorf("copy %s: %w: %s", from, err, out)
	}
	return nil
}

// replaceOnESP replaces files in the EFI system partition of a disk image.
func replaceOnESP(image string, files map[string][]byte) (err error) {
	disk, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, disk.Close()) }()
	esp, ok := layout.NewGPT().Find(layout.ESP)
	if !ok {
		return errors.New("the layout has no EFI system partition")
	}
	fs, err := fat32.Read(file.New(disk, false), esp.Size(), esp.Offset(), layout.SectorSize)
	if err != nil {
		return fmt.Errorf("read the EFI system partition: %w", err)
	}
	for path, b := range files {
		if err := fs.Remove(path); err != nil {
			return fmt.Errorf("replace %s: %w", path, err)
		}
		f, err := fs.OpenFile(path, os.O_CREATE|os.O_RDWR)
		if err != nil {
			return fmt.Errorf("replace %s: %w", path, err)
		}
		_, err = f.Write(b)
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("replace %s: %w", path, err)
		}
	}
	return nil
}
