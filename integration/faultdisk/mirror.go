// SPDX-License-Identifier: Apache-2.0

package faultdisk

import (
	"bytes"
	"fmt"
	"os"
)

// Mirror is a file that shows a region of one Left after the other, for tools
// that want a file. Only pages that differ are written.
type Mirror struct {
	// Decode turns a page as the disk has it into what the file shows, in
	// place; nil: nothing. Pages that were never written are zeros to it.
	Decode func(page []byte, offset int64)

	path string
	file *os.File
	at   Region
	have map[int64]Sum // of the pages that differ from the disk's base

	flushed int     // how much of what the walk has flushed is shown
	kept    []int64 // pages that the cut shown last has kept beyond that
}

// NewMirror makes the file. With whole it begins with what the disk was made
// from, otherwise with zeros: for a region of which the base holds nothing.
func NewMirror(path string, d *Disk, at Region, whole bool) (*Mirror, error) {
	var err error
	if whole {
		err = d.image(nil).Save(path, at.Offset, at.Size)
	} else if err = os.WriteFile(path, nil, 0o600); err == nil {
		err = os.Truncate(path, at.Size)
	}
	if err != nil {
		return nil, fmt.Errorf("mirroring a disk: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("mirroring a disk: %w", err)
	}
	return &Mirror{path: path, file: f, at: at, have: map[int64]Sum{}}, nil
}

// Path is that of the file.
func (m *Mirror) Path() string { return m.path }

// Close closes the file and leaves it.
func (m *Mirror) Close() error { return m.file.Close() }

// Show makes the file show what is left by a cut. Cuts of one walk are shown in
// its order: only pages that may differ from those shown last are looked at.
func (m *Mirror) Show(l Left) error {
	pages := append(m.kept, l.written[m.flushed:]...)
	m.flushed, m.kept = len(l.written), nil
	for number := range l.kept {
		m.kept = append(m.kept, number)
	}
	for _, number := range append(pages, m.kept...) {
		sum, ok := l.sum(number)
		if have, is := m.have[number]; !m.at.has(number) || ok == is && sum == have {
			continue
		}
		if err := m.write(l, number); err != nil {
			return err
		}
		if m.have[number] = sum; !ok {
			delete(m.have, number)
		}
	}
	return nil
}

func (m *Mirror) write(l Left, number int64) error {
	page := make([]byte, min(pageSize, l.size-number*pageSize))
	if _, err := l.ReadAt(page, number*pageSize); err != nil {
		return fmt.Errorf("mirroring a disk: %w", err)
	}
	at := number*pageSize - m.at.Offset
	if m.Decode != nil && !bytes.Equal(page, zeros[:len(page)]) {
		m.Decode(page, at)
	}
	if _, err := m.file.WriteAt(page, at); err != nil {
		return fmt.Errorf("mirroring a disk: %w", err)
	}
	return nil
}
