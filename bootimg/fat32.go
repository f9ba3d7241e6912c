// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"understudy/appliance/layout"
)

// A FAT32 file system that is written once: every file and directory lies in
// one piece, in the order in which it was given. Nothing in it depends on the
// machine or the time of the build, and dosfsck finds nothing to say about it.

const (
	fatSector      = layout.SectorSize
	clusterSectors = 8
	clusterSize    = clusterSectors * fatSector
	fatReserved    = 32 // sectors in front of the first table, at least
	fatCopies      = 2
	fatBackup      = 6 // sector of the second copy of the boot sector
	fatRoot        = 2 // cluster of the root directory; there are no clusters 0 and 1
	fatEnd         = 0x0fffffff
	fatMinClusters = 65525 // with fewer it would be taken for FAT16
	fatMedia       = 0xf8  // fixed disk
)

// espFile is a file of the EFI system partition.
type espFile struct {
	path string // absolute, with slashes
	data []byte
}

// fat32 is the geometry of a file system.
type fat32 struct {
	sectors  int64 // of the whole
	reserved int64 // sectors in front of the tables
	table    int64 // sectors of one table
	clusters int64
}

func newFAT32(size int64) (fat32, error) {
	f := fat32{sectors: size / fatSector}
	// A table a little too large does no harm.
	f.table = (f.sectors/clusterSectors*4 + fatSector) / fatSector
	// Clusters begin at a multiple of their size, as the partition does.
	f.reserved = fatReserved + (-(fatReserved + fatCopies*f.table))&(clusterSectors-1)
	f.clusters = (f.sectors - f.reserved - fatCopies*f.table) / clusterSectors
	if f.clusters < fatMinClusters || f.sectors > 1<<31 {
		return f, fmt.Errorf("%d bytes are no size for FAT32", size)
	}
	return f, nil
}

// offset is where a cluster starts, in bytes from the file system's start.
func (f fat32) offset(cluster uint32) int64 {
	return (f.reserved+fatCopies*f.table)*fatSector + int64(cluster-fatRoot)*clusterSize
}

// writeFAT32 makes a file system of size bytes that starts at base. What it
// does not write must be zeros already.
func writeFAT32(w io.WriterAt, base, size int64, label string, files []espFile, at time.Time) error {
	f, err := newFAT32(size)
	if err != nil {
		return err
	}
	root, err := newFATTree(files)
	if err != nil {
		return err
	}
	table := []uint32{0x0fffff00 | fatMedia, fatEnd}
	for _, n := range root.all() {
		table = n.allocate(table)
	}
	if int64(len(table)-fatRoot) > f.clusters {
		return errors.New("the files do not fit")
	}
	put := func(b []byte, at int64) {
		if err == nil && len(b) > 0 {
			_, err = w.WriteAt(b, base+at)
		}
	}
	boot, info := f.bootSector(label), f.infoSector(len(table))
	for _, copy := range []int64{0, fatBackup} {
		put(boot, copy*fatSector)
		put(info, (copy+1)*fatSector)
	}
	var packed []byte
	for _, next := range table {
		packed = binary.LittleEndian.AppendUint32(packed, next)
	}
	for i := range int64(fatCopies) {
		put(packed, (f.reserved+i*f.table)*fatSector)
	}
	for _, n := range root.all() {
		put(n.content(label, at), f.offset(n.cluster))
	}
	return err
}

func (f fat32) bootSector(label string) []byte {
	le := binary.LittleEndian
	b := make([]byte, fatSector)
	copy(b, "\xeb\x58\x90USTUDY  ") // a jump over the fields, and who made it
	le.PutUint16(b[11:], fatSector)
	b[13] = clusterSectors
	le.PutUint16(b[14:], uint16(f.reserved))
	b[16] = fatCopies
	b[21] = fatMedia
	le.PutUint16(b[24:], 32) // sectors per track and heads, which nobody uses any more
	le.PutUint16(b[26:], 64)
	le.PutUint32(b[32:], uint32(f.sectors))
	le.PutUint32(b[36:], uint32(f.table))
	le.PutUint32(b[44:], fatRoot)
	le.PutUint16(b[48:], 1) // sector with the free count
	le.PutUint16(b[50:], fatBackup)
	b[64], b[66] = 0x80, 0x29 // first disk; serial number, label and type follow
	serial := layout.DeriveGUID("esp/serial")
	copy(b[67:], serial[:4])
	copy(b[71:], fmt.Sprintf("%-11.11s%-8s", label, "FAT32"))
	b[90], b[91] = 0xeb, 0xfe // if somebody boots it: stay here
	b[510], b[511] = 0x55, 0xaa
	return b
}

// infoSector says how much is free; used counts clusters with the two that do
// not exist.
func (f fat32) infoSector(used int) []byte {
	le := binary.LittleEndian
	b := make([]byte, fatSector)
	copy(b, "RRaA")
	copy(b[484:], "rrAa")
	le.PutUint32(b[488:], uint32(f.clusters)-uint32(used-fatRoot))
	le.PutUint32(b[492:], uint32(used))
	b[510], b[511] = 0x55, 0xaa
	return b
}
