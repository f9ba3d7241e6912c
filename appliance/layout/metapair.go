// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"errors"
	"fmt"
	"io"
)

// MetaCopies is how many copies of the meta record there are.
const MetaCopies = 2

// MetaOffset is where a copy starts, in bytes from the partition's start. The
// copies lie half a partition apart, so that one worn flash block or one wild
// write seldom meets both.
func MetaOffset(copy int) int64 {
	return int64(copy) * PartitionFor(MetaArea).Size / MetaCopies
}

// MetaState says how the copies were found.
type MetaState struct {
	Newest int               // the copy that was taken; -1 if none is good
	Errs   [MetaCopies]error // nil for a good copy; wraps ErrMetaBlank or ErrMetaDamaged, or is the read error
}

// Blank reports whether no copy was ever written: a box before its first boot.
func (s MetaState) Blank() bool {
	for _, err := range s.Errs {
		if !errors.Is(err, ErrMetaBlank) {
			return false
		}
	}
	return true
}

// Problem is a sentence about the copies that are not good, or empty.
func (s MetaState) Problem() string {
	switch {
	case s.Blank():
		return ""
	case s.Newest < 0:
		return fmt.Sprintf("Both copies of the meta record are unusable (first: %v; second: %v).", s.Errs[0], s.Errs[1])
	case s.Errs[1-s.Newest] != nil:
		return fmt.Sprintf("Copy %d of the meta record is unusable (%v); copy %d was used.", 2-s.Newest, s.Errs[1-s.Newest], s.Newest+1)
	}
	return ""
}

// ReadMeta reads both copies and returns the good one with the higher
// sequence. It never fails outright: with no good copy the record is zero and
// state.Newest is -1, and the caller decides between a first boot
// (state.Blank) and a loss.
func ReadMeta(r io.ReaderAt) (m Meta, state MetaState) {
	state.Newest = -1
	for i := range MetaCopies {
		b := make([]byte, MetaSize)
		if _, err := r.ReadAt(b, MetaOffset(i)); err != nil {
			state.Errs[i] = fmt.Errorf("reading copy %d of the meta record: %w", i+1, err)
			continue
		}
		c, err := ParseMeta(b)
		state.Errs[i] = err
		if err == nil && (state.Newest < 0 || c.Sequence > m.Sequence) {
			m, state.Newest = c, i
		}
	}
	return m, state
}

// MetaWriter is the meta partition as WriteMeta needs it; an *os.File is one.
type MetaWriter interface {
	io.WriterAt
	Sync() error
}

// WriteMeta writes the record to both copies with the next sequence and
// returns what it wrote. The copy that was not taken at the last read goes
// first and is on disk before the other is touched, so that a power cut at any
// moment leaves a good copy, old or new. When WriteMeta has returned, no copy
// holds the former key.
func WriteMeta(w MetaWriter, state MetaState, m Meta) (Meta, error) {
	m.Sequence++
	b, err := m.Marshal()
	if err != nil {
		return m, err
	}
	first := 0
	if state.Newest == 0 {
		first = 1
	}
	for _, i := range []int{first, 1 - first} {
		if _, err := w.WriteAt(b, MetaOffset(i)); err != nil {
			return m, fmt.Errorf("writing copy %d of the meta record: %w", i+1, err)
		}
		if err := w.Sync(); err != nil {
			return m, fmt.Errorf("syncing copy %d of the meta record: %w", i+1, err)
		}
	}
	return m, nil
}
