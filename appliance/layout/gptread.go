// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"unicode/utf16"
)

// GPTState says how the two copies of the table were found.
type GPTState struct {
	Primary, Backup error // nil for a good copy
}

// Problem is a sentence about copies that are not good, or empty.
func (s GPTState) Problem() string {
	switch {
	case s.Primary != nil && s.Backup != nil:
		return fmt.Sprintf("Both copies of the partition table are unusable (first: %v; second: %v).", s.Primary, s.Backup)
	case s.Primary != nil:
		return fmt.Sprintf("The first copy of the partition table is unusable (%v); the second was used.", s.Primary)
	case s.Backup != nil:
		return fmt.Sprintf("The second copy of the partition table is unusable (%v); the first was used.", s.Backup)
	}
	return ""
}

// ReadGPT reads the table of a disk of size bytes. The first copy wins if it
// is good; else the second is looked for in the disk's last sector. A disk
// that is larger than its table is normal (a fresh image on a real disk); the
// second copy is then looked for where the first one says.
func ReadGPT(r io.ReaderAt, size int64) (GPT, GPTState, error) {
	var state GPTState
	sectors := size / SectorSize
	g, alternate, err := readGPTAt(r, 1, sectors)
	if state.Primary = err; err != nil {
		alternate = sectors - 1
	}
	b, _, err := readGPTAt(r, alternate, sectors)
	state.Backup = err
	if state.Primary != nil {
		g = b
	}
	if state.Primary != nil && state.Backup != nil {
		return GPT{}, state, fmt.Errorf("%w: no good copy: %w", ErrGPT, errors.Join(state.Primary, state.Backup))
	}
	mbr := make([]byte, bootCodeSize)
	if _, err := r.ReadAt(mbr, 0); err != nil {
		return GPT{}, state, fmt.Errorf("reading the boot code: %w", err)
	}
	copy(g.BootCode[:], mbr)
	return g, state, nil
}

// readGPTAt reads the copy whose header is in sector lba, and tells where that
// header says the other copy is.
func readGPTAt(r io.ReaderAt, lba, sectors int64) (g GPT, alternate int64, err error) {
	if lba < 1 || lba >= sectors {
		return g, 0, fmt.Errorf("%w: header at sector %d of %d", ErrGPT, lba, sectors)
	}
	h := make([]byte, SectorSize)
	if _, err := r.ReadAt(h, lba*SectorSize); err != nil {
		return g, 0, fmt.Errorf("reading the partition header at sector %d: %w", lba, err)
	}
	if err := checkGPTHeader(h, lba); err != nil {
		return g, 0, err
	}
	le := binary.LittleEndian
	alternate = int64(le.Uint64(h[32:]))
	table, count := int64(le.Uint64(h[72:])), int64(le.Uint32(h[80:]))
	if count < 1 || count > maxEntries || le.Uint32(h[84:]) != gptEntrySize {
		return g, 0, fmt.Errorf("%w: %d entries of %d bytes", ErrGPT, count, le.Uint32(h[84:]))
	}
	if table < 2 || table >= sectors {
		return g, 0, fmt.Errorf("%w: entries at sector %d of %d", ErrGPT, table, sectors)
	}
	raw := make([]byte, count*gptEntrySize)
	if _, err := r.ReadAt(raw, table*SectorSize); err != nil {
		return g, 0, fmt.Errorf("reading the partition entries at sector %d: %w", table, err)
	}
	if crc32.ChecksumIEEE(raw) != le.Uint32(h[88:]) {
		return g, 0, fmt.Errorf("%w: checksum of the entries at sector %d is wrong", ErrGPT, table)
	}
	g.DiskGUID = guidFromDisk(h[56:])
	g.Sectors = max(lba, alternate) + 1
	if g.Sectors > sectors || g.Sectors < 1 {
		return g, 0, fmt.Errorf("%w: laid out for %d sectors, the disk has %d", ErrGPT, g.Sectors, sectors)
	}
	g.Entries = parseEntries(raw)
	return g, alternate, g.Check()
}

// checkGPTHeader checks everything in a header that needs no second look.
func checkGPTHeader(h []byte, lba int64) error {
	le := binary.LittleEndian
	if string(h[:8]) != "EFI PART" {
		return fmt.Errorf("%w: no header at sector %d", ErrGPT, lba)
	}
	n := le.Uint32(h[12:])
	if n < gptHeaderSize || n > SectorSize {
		return fmt.Errorf("%w: header of %d bytes at sector %d", ErrGPT, n, lba)
	}
	sum := bytes.Clone(h[:n])
	clear(sum[16:20])
	if crc32.ChecksumIEEE(sum) != le.Uint32(h[16:]) {
		return fmt.Errorf("%w: checksum of the header at sector %d is wrong", ErrGPT, lba)
	}
	if at := int64(le.Uint64(h[24:])); at != lba {
		return fmt.Errorf("%w: header at sector %d belongs to sector %d", ErrGPT, lba, at)
	}
	return nil
}

// parseEntries reads the used entries of a table.
func parseEntries(raw []byte) []Entry {
	le := binary.LittleEndian
	var entries []Entry
	for i := 0; i*gptEntrySize < len(raw); i++ {
		b := raw[i*gptEntrySize:][:gptEntrySize]
		e := Entry{
			Index: i + 1, Type: guidFromDisk(b), Unique: guidFromDisk(b[16:]),
			First: int64(le.Uint64(b[32:])), Last: int64(le.Uint64(b[40:])), Attributes: le.Uint64(b[48:]),
		}
		if e.Type.IsZero() {
			continue
		}
		var name []uint16
		for j := range nameUnits {
			u := le.Uint16(b[56+2*j:])
			if u == 0 {
				break
			}
			name = append(name, u)
		}
		e.Name = string(utf16.Decode(name))
		entries = append(entries, e)
	}
	return entries
}
