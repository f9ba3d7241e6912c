// SPDX-License-Identifier: Apache-2.0

package faultdisk

import (
	"fmt"
	"math/rand/v2"
)

// SectorSize is what a disk writes as a whole or not at all, in bytes.
const SectorSize = 512

// Policy says what becomes of writes that were answered but not flushed when
// the power goes. It gets them in their order and returns those that are on the
// disk, in the order in which they got there; it must not change their data.
type Policy func(pending []Write) []Write

// KeepAll is a disk that was quick.
func KeepAll(pending []Write) []Write { return pending }

// DropAll is a disk that had everything in its memory.
func DropAll([]Write) []Write { return nil }

// Subset is a disk that has written some of them, each with a probability of
// one half, in another order; the same seed gives the same.
func Subset(seed uint64) Policy {
	return func(pending []Write) []Write {
		r := rand.New(rand.NewPCG(seed, uint64(len(pending))))
		var kept []Write
		for _, w := range pending {
			if r.IntN(2) == 0 {
				kept = append(kept, w)
			}
		}
		// Two writes of one place keep their order, as they do on disks.
		for i := range kept {
			if j := r.IntN(i + 1); !overlap(kept[j : i+1]) {
				kept[i], kept[j] = kept[j], kept[i]
			}
		}
		return kept
	}
}

// overlap reports whether the first or the last write touches what another of
// them writes.
func overlap(w []Write) bool {
	for _, end := range []int{0, len(w) - 1} {
		for i := range w {
			if i != end && w[i].Offset < w[end].Offset+w[end].Length && w[end].Offset < w[i].Offset+w[i].Length {
				return true
			}
		}
	}
	return false
}

// TornLast is a disk that has written all of them but the last, and of that the
// first sectors; the same seed gives the same.
func TornLast(seed uint64) Policy {
	return func(pending []Write) []Write {
		if len(pending) == 0 {
			return nil
		}
		kept := append([]Write(nil), pending...)
		last := &kept[len(kept)-1]
		// A write may begin within a sector.
		lead := (SectorSize - last.Offset%SectorSize) % SectorSize
		whole := max(0, last.Length-1-lead) / SectorSize
		cut := int64(0)
		if n := rand.New(rand.NewPCG(seed, uint64(len(pending)))).Int64N(whole + 1); n > 0 {
			cut = lead + n*SectorSize
		}
		if last.Length = cut; last.Data != nil {
			last.Data = last.Data[:cut]
		}
		return kept
	}
}

// PowerCut ends all connections at once and returns the disk as it is after
// that.
func (d *Disk) PowerCut(p Policy) *Image {
	d.Close()
	return d.Replay(d.Boundaries()-1, p)
}

// Boundaries is how many points of the journal Replay knows: the moment before
// each flush takes effect, and the end.
func (d *Disk) Boundaries() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.flushes) + 1
}

// Replay returns the disk as it would be had the power gone at point n: what
// was flushed before is there, of what came behind up to the next flush that
// which the policy leaves. With KeepAll it is the disk right behind that flush.
// It panics if there is no such point.
func (d *Disk) Replay(n int, p Policy) *Image {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n < 0 || n > len(d.flushes) {
		panic(fmt.Sprintf("faultdisk: point %d of %d", n, len(d.flushes)+1))
	}
	from, to := 0, len(d.journal)
	if n > 0 {
		from = d.flushes[n-1]
	}
	if n < len(d.flushes) {
		to = d.flushes[n]
	}
	o := overlay{}
	for _, w := range d.journal[:from] {
		o.apply(d.base, w)
	}
	for _, w := range survivors(d.journal[from:to], p) {
		o.apply(d.base, w)
	}
	return d.image(o)
}

// survivors are the writes between two flushes that a cut leaves, in the order
// in which they got to the disk. One that was made to last at once is there
// whatever the policy says, and so is what it overwrote gone.
func survivors(writes []Write, p Policy) []Write {
	var left, pending []Write
	for _, w := range writes {
		if !w.FUA {
			pending = append(pending, w)
			continue
		}
		left = append(append(left, p(pending)...), w)
		pending = nil
	}
	return append(left, p(pending)...)
}
