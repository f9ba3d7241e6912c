// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"encoding/binary"
	"io"
	"strings"
)

// rootEntries bounds how much of a root directory is searched for the label;
// it stands among the first entries of any volume that a system has formatted.
const rootEntries = 512

// fatLabel returns the label of the FAT volume in r, or nothing if there is
// none. The label is in the root directory; the boot sector has a second one,
// which counts only if the first is missing, because not every system changes
// it when a volume is renamed.
func fatLabel(r io.ReaderAt) string {
	b := make([]byte, 512)
	if _, err := r.ReadAt(b, 0); err != nil || b[510] != 0x55 || b[511] != 0xaa {
		return ""
	}
	le := binary.LittleEndian
	perSector, perCluster := int64(le.Uint16(b[11:])), int64(b[13])
	reserved, fats := int64(le.Uint16(b[14:])), int64(b[16])
	entries, fatSectors := int64(le.Uint16(b[17:])), int64(le.Uint16(b[22:]))
	if perSector < 512 || perSector > 4096 || perSector&(perSector-1) != 0 || perCluster == 0 || reserved == 0 || fats == 0 {
		return ""
	}
	signature, second := 0x26, b[0x2b:0x36] // FAT12, FAT16
	root := (reserved + fats*fatSectors) * perSector
	if fatSectors == 0 { // FAT32
		cluster := int64(le.Uint32(b[44:]))
		if cluster < 2 {
			return ""
		}
		signature, second = 0x42, b[0x47:0x52]
		root = (reserved + fats*int64(le.Uint32(b[36:])) + (cluster-2)*perCluster) * perSector
		entries = perCluster * perSector / 32
	}
	if label := rootLabel(r, root, min(entries, rootEntries)); label != "" {
		return label
	}
	if b[signature] != 0x29 {
		return ""
	}
	return cleanLabel(second)
}

// rootLabel looks for the directory entry that is a volume's label.
func rootLabel(r io.ReaderAt, offset, entries int64) string {
	const (
		volume   = 0x08
		longName = 0x0f
		deleted  = 0xe5
	)
	b := make([]byte, entries*32)
	n, _ := r.ReadAt(b, offset)
	for b = b[:n/32*32]; len(b) > 0 && b[0] != 0; b = b[32:] {
		if attr := b[11]; b[0] != deleted && attr&0x3f != longName && attr&volume != 0 {
			return cleanLabel(b[:11])
		}
	}
	return ""
}

func cleanLabel(b []byte) string {
	s := strings.TrimRight(string(b), " \x00")
	if s == "NO NAME" {
		return ""
	}
	return s
}
