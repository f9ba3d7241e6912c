// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"unicode/utf16"
)

// A Piece is bytes and where they belong on the disk.
type Piece struct {
	Offset int64
	Bytes  []byte
}

// Encode writes the table as two pieces: the primary copy with the protective
// master boot record at the disk's start, and the backup copy at its end.
//
// Whoever replaces the table of a living disk writes the backup first, syncs,
// and then writes the primary: until the primary is complete the old one or
// the new backup is found.
func (g GPT) Encode() (primary, backup Piece, err error) {
	if err := g.Check(); err != nil {
		return Piece{}, Piece{}, err
	}
	table := g.encodeEntries()
	last := g.Sectors - 1

	p := g.protectiveMBR()
	p = append(p, g.encodeHeader(1, last, 2, table)...)
	p = append(p, table...)

	b := append([]byte(nil), table...)
	b = append(b, g.encodeHeader(last, 1, last-gptTableSectors, table)...)
	return Piece{0, p}, Piece{(last - gptTableSectors) * SectorSize, b}, nil
}

// WriteGPT writes both copies of the table in the order that survives a power
// cut.
func WriteGPT(w MetaWriter, g GPT) error {
	primary, backup, err := g.Encode()
	if err != nil {
		return err
	}
	for _, p := range []Piece{backup, primary} {
		if _, err := w.WriteAt(p.Bytes, p.Offset); err != nil {
			return fmt.Errorf("writing the partition table at byte %d: %w", p.Offset, err)
		}
		if err := w.Sync(); err != nil {
			return fmt.Errorf("syncing the partition table: %w", err)
		}
	}
	return nil
}

// protectiveMBR is the first sector: boot code, and one partition over the
// whole disk that keeps programs which do not know GPT away from it. It is
// marked active, because some BIOSes boot nothing else.
func (g GPT) protectiveMBR() []byte {
	b := make([]byte, SectorSize)
	copy(b, g.BootCode[:])
	e := b[446:462]
	e[0] = 0x80
	copy(e[1:4], []byte{0x00, 0x02, 0x00}) // first sector, as cylinder, head, sector
	e[4] = 0xee
	copy(e[5:8], []byte{0xff, 0xff, 0xff}) // last sector: beyond what can be said
	binary.LittleEndian.PutUint32(e[8:], 1)
	binary.LittleEndian.PutUint32(e[12:], uint32(min(g.Sectors-1, 0xffffffff)))
	b[510], b[511] = 0x55, 0xaa
	return b
}

func (g GPT) encodeEntries() []byte {
	le := binary.LittleEndian
	table := make([]byte, gptEntries*gptEntrySize)
	for _, e := range g.Entries {
		b := table[(e.Index-1)*gptEntrySize:][:gptEntrySize]
		typ, unique := e.Type.disk(), e.Unique.disk()
		copy(b, typ[:])
		copy(b[16:], unique[:])
		le.PutUint64(b[32:], uint64(e.First))
		le.PutUint64(b[40:], uint64(e.Last))
		le.PutUint64(b[48:], e.Attributes)
		for i, u := range utf16.Encode([]rune(e.Name)) {
			le.PutUint16(b[56+2*i:], u)
		}
	}
	return table
}

// encodeHeader writes the header for sector own, whose other copy is in sector
// other and whose entries start at sector first.
func (g GPT) encodeHeader(own, other, first int64, table []byte) []byte {
	le := binary.LittleEndian
	h := make([]byte, SectorSize)
	copy(h, "EFI PART")
	le.PutUint32(h[8:], 0x00010000) // revision 1.0
	le.PutUint32(h[12:], gptHeaderSize)
	le.PutUint64(h[24:], uint64(own))
	le.PutUint64(h[32:], uint64(other))
	le.PutUint64(h[40:], uint64(g.firstUsable()))
	le.PutUint64(h[48:], uint64(g.lastUsable()))
	disk := g.DiskGUID.disk()
	copy(h[56:], disk[:])
	le.PutUint64(h[72:], uint64(first))
	le.PutUint32(h[80:], gptEntries)
	le.PutUint32(h[84:], gptEntrySize)
	le.PutUint32(h[88:], crc32.ChecksumIEEE(table))
	le.PutUint32(h[16:], crc32.ChecksumIEEE(h[:gptHeaderSize]))
	return h
}
