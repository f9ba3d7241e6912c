// SPDX-License-Identifier: Apache-2.0

package faultdisk

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"io"
)

// Region is a part of a disk that is looked at by itself, in bytes. It begins
// and ends between pages of 4 KiB.
type Region struct{ Offset, Size int64 }

// Sum stands for what was written into a region: two cuts with the same sum of
// a region have the same content there.
type Sum [sha256.Size]byte

// Left is what a power cut has left of a disk.
type Left struct {
	*Image
	Point  int    // as Replay counts them
	Policy string // its name
	Sums   []Sum  // of the regions

	flushed, kept map[int64]Sum // hashes of the pages that were written
	written       []int64       // pages that the walk has flushed so far, each as often as it was written
}

// sum is the hash of a page that was ever written.
func (l Left) sum(page int64) (sum Sum, ok bool) {
	if sum, ok = l.kept[page]; !ok {
		sum, ok = l.flushed[page]
	}
	return sum, ok
}

// Walk cuts the power at every point from one on, in every way that policies
// names for it, and calls visit with what is left. The image is good only until
// visit returns. Unlike Replay it goes through the journal once.
func (d *Disk) Walk(from int, regions []Region, policies func(point int) map[string]Policy, visit func(Left) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := &walker{disk: d, regions: regions, now: newLayer(d.base, regions)}
	begin := 0
	for n := range len(d.flushes) + 1 {
		end := len(d.journal)
		if n < len(d.flushes) {
			end = d.flushes[n]
		}
		if n >= from {
			for name, p := range policies(n) {
				if err := visit(w.cut(n, name, p, d.journal[begin:end])); err != nil {
					return err
				}
			}
		}
		for _, write := range d.journal[begin:end] {
			w.now.apply(write)
		}
		begin = end
	}
	return nil
}

// walker is a walk at one point.
type walker struct {
	disk    *Disk
	regions []Region
	now     *layer // everything flushed
}

// cut lays what a policy leaves of the writes over what was flushed.
func (w *walker) cut(n int, name string, p Policy, writes []Write) Left {
	flushed := &Image{base: w.disk.base, size: w.disk.size, pages: w.now.pages}
	l := newLayer(flushed, w.regions)
	for _, write := range survivors(writes, p) {
		l.apply(write)
	}
	left := Left{Image: &Image{base: flushed, size: w.disk.size, pages: l.pages}, Point: n, Policy: name, flushed: w.now.hashes, kept: l.hashes, written: w.now.written}
	for i := range w.regions {
		// What lies on top replaces what the same page had below.
		sum := w.now.sums[i]
		subtle.XORBytes(sum[:], sum[:], l.sums[i][:])
		for number := range l.hashes {
			if below, ok := w.now.hashes[number]; ok && w.regions[i].has(number) {
				subtle.XORBytes(sum[:], sum[:], below[:])
			}
		}
		left.Sums = append(left.Sums, sum)
	}
	return left
}

func (r Region) has(page int64) bool {
	return page*pageSize >= r.Offset && page*pageSize < r.Offset+r.Size
}

// layer is an overlay that knows the sum of each region: of all its pages'
// hashes.
type layer struct {
	base    io.ReaderAt
	regions []Region
	pages   overlay
	hashes  map[int64]Sum // of the pages within a region
	written []int64       // those pages, in the order of the writes
	sums    []Sum
}

func newLayer(base io.ReaderAt, regions []Region) *layer {
	return &layer{base: base, regions: regions, pages: overlay{}, hashes: map[int64]Sum{}, sums: make([]Sum, len(regions))}
}

func (l *layer) apply(w Write) {
	if w.Length == 0 {
		return // torn to nothing
	}
	l.pages.apply(l.base, w)
	for number := w.Offset / pageSize; number*pageSize < w.Offset+w.Length; number++ {
		for i, r := range l.regions {
			if !r.has(number) {
				continue
			}
			if old, ok := l.hashes[number]; ok {
				subtle.XORBytes(l.sums[i][:], l.sums[i][:], old[:])
			}
			page := l.pages[number]
			if page == nil {
				page = zeros[:]
			}
			fresh := Sum(sha256.Sum256(append(binary.LittleEndian.AppendUint64(make([]byte, 0, 8+pageSize), uint64(number)), page...)))
			subtle.XORBytes(l.sums[i][:], l.sums[i][:], fresh[:])
			l.hashes[number] = fresh
			l.written = append(l.written, number)
			break // regions do not overlap
		}
	}
}
