// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"errors"
	"fmt"
	"unicode/utf16"
)

// SectorSize is the only logical sector size that is supported, in bytes.
const SectorSize = 512

// Geometry of the tables as we write them; others are read as long as they
// stay within maxEntries.
const (
	gptHeaderSize   = 92
	gptEntrySize    = 128
	gptEntries      = 128
	gptTableSectors = gptEntries * gptEntrySize / SectorSize // 32
	maxEntries      = 512
	bootCodeSize    = 440
	nameUnits       = 36
)

// ErrGPT is wrapped by every error about a table that is not as it should be.
var ErrGPT = errors.New("partition table")

// GPT is a GUID partition table together with the boot code in front of it.
type GPT struct {
	DiskGUID GUID
	Sectors  int64     // size of the disk for which the table is laid out
	Entries  []Entry   // used entries, by index
	BootCode [440]byte // machine code of the master boot record
}

// Entry is one partition of a GPT. First and Last are sectors, both included.
type Entry struct {
	Index       int // from 1, as in the names of device nodes
	Type        GUID
	Unique      GUID
	First, Last int64
	Attributes  uint64
	Name        string // at most 36 UTF-16 units
}

// Offset is the partition's start in bytes.
func (e Entry) Offset() int64 { return e.First * SectorSize }

// Size is the partition's length in bytes.
func (e Entry) Size() int64 { return (e.Last - e.First + 1) * SectorSize }

// NewGPT lays the appliance's partitions out on a disk of ImageSize.
func NewGPT() GPT {
	g := GPT{DiskGUID: DiskGUID(), Sectors: ImageSize() / SectorSize}
	next := int64(MiB / SectorSize)
	for i, p := range Partitions() {
		n := p.Size / SectorSize
		g.Entries = append(g.Entries, Entry{Index: i + 1, Type: p.Type, Unique: p.Unique, First: next, Last: next + n - 1, Name: string(p.Role)})
		next += n
	}
	return g
}

// Find returns the entry of a role by its unique GUID.
func (g GPT) Find(role Role) (Entry, bool) {
	want := PartitionFor(role).Unique
	for _, e := range g.Entries {
		if e.Unique == want {
			return e, true
		}
	}
	return Entry{}, false
}

// firstUsable and lastUsable bound the partitions: the protective record, a
// header and a table lie before them, a table and a header behind.
func (g GPT) firstUsable() int64 { return 2 + gptTableSectors }
func (g GPT) lastUsable() int64  { return g.Sectors - 2 - gptTableSectors }

// Check reports the first contradiction in the table.
func (g GPT) Check() error {
	if g.Sectors < 2*(2+gptTableSectors) {
		return fmt.Errorf("%w: a disk of %d sectors has no room for it", ErrGPT, g.Sectors)
	}
	for i, e := range g.Entries {
		switch {
		case e.Index < 1 || e.Index > gptEntries:
			return fmt.Errorf("%w: partition number %d is outside 1 to %d", ErrGPT, e.Index, gptEntries)
		case e.Type.IsZero():
			return fmt.Errorf("%w: partition %d has no type", ErrGPT, e.Index)
		case e.First < g.firstUsable() || e.Last > g.lastUsable() || e.First > e.Last:
			return fmt.Errorf("%w: partition %d covers sectors %d to %d of a disk whose usable ones are %d to %d",
				ErrGPT, e.Index, e.First, e.Last, g.firstUsable(), g.lastUsable())
		case len(utf16.Encode([]rune(e.Name))) > nameUnits:
			return fmt.Errorf("%w: name of partition %d is longer than %d characters", ErrGPT, e.Index, nameUnits)
		}
		for _, o := range g.Entries[:i] {
			if o.Index >= e.Index {
				return fmt.Errorf("%w: partitions %d and %d are out of order", ErrGPT, o.Index, e.Index)
			}
			if e.First <= o.Last && o.First <= e.Last {
				return fmt.Errorf("%w: partitions %d and %d overlap", ErrGPT, o.Index, e.Index)
			}
		}
	}
	return nil
}

// Grow returns the table for a disk of size bytes with the state partition
// extended to its end (to a whole MiB), and whether anything changed. It
// refuses a disk that is smaller than the table, or that has something behind
// the state partition.
func (g GPT) Grow(size int64) (GPT, bool, error) {
	grown := g
	grown.Sectors = size / SectorSize
	grown.Entries = append([]Entry(nil), g.Entries...)
	if grown.Sectors < g.Sectors {
		return g, false, fmt.Errorf("%w: laid out for %d sectors, the disk has %d", ErrGPT, g.Sectors, grown.Sectors)
	}
	state, ok := g.Find(State)
	if !ok {
		return g, false, fmt.Errorf("%w: no state partition", ErrGPT)
	}
	const align = MiB / SectorSize
	last := (grown.lastUsable()+1)/align*align - 1
	for i, e := range grown.Entries {
		if e.First > state.Last {
			return g, false, fmt.Errorf("%w: partition %d lies behind the state partition", ErrGPT, e.Index)
		}
		if e.Unique == state.Unique && last > e.Last {
			grown.Entries[i].Last = last
		}
	}
	changed := grown.Sectors != g.Sectors
	if now, _ := grown.Find(State); now.Last != state.Last {
		changed = true
	}
	return grown, changed, grown.Check()
}
