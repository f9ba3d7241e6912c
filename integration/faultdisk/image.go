// SPDX-License-Identifier: Apache-2.0

package faultdisk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

const pageSize = 4096 // bytes; of the overlay alone

// overlay holds the pages that were written, by their number. nil is a page of
// zeros. Pages may share the memory of the journal and are never changed.
type overlay map[int64][]byte

var zeros [pageSize]byte

// apply writes w into the overlay over base.
func (o overlay) apply(base io.ReaderAt, w Write) {
	for done := int64(0); done < w.Length; {
		at := w.Offset + done
		number, in := at/pageSize, at%pageSize
		n := min(pageSize-in, w.Length-done)
		var data []byte
		if w.Data != nil {
			data = w.Data[done : done+n]
		}
		if n < pageSize {
			page := o.page(base, number)
			if copy(page[in:in+n], zeros[:]); data != nil {
				copy(page[in:], data)
			}
			data = page
		}
		o[number] = data
		done += n
	}
}

// page is a copy of a page as it is.
func (o overlay) page(base io.ReaderAt, number int64) []byte {
	b := make([]byte, pageSize)
	if p, ok := o[number]; ok {
		copy(b, p)
		return b
	}
	// At the end of the base a page may be short.
	_, _ = base.ReadAt(b, number*pageSize)
	return b
}

// Image is a disk's content at one moment. It can be the base of another Disk.
type Image struct {
	base  io.ReaderAt
	size  int64
	pages overlay
}

// Size is the image's size in bytes.
func (i *Image) Size() int64 { return i.size }

// ReadAt implements io.ReaderAt.
func (i *Image) ReadAt(b []byte, offset int64) (int, error) {
	if offset < 0 || offset > i.size {
		return 0, fmt.Errorf("faultdisk: reading at %d of %d", offset, i.size)
	}
	want := b
	b = b[:min(int64(len(b)), i.size-offset)]
	n, err := i.base.ReadAt(b, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, err
	}
	clear(b[n:]) // the base may be shorter than the disk that was made from it
	for done := int64(0); done < int64(len(b)); {
		at := offset + done
		n := min(pageSize-at%pageSize, int64(len(b))-done)
		if page, ok := i.pages[at/pageSize]; ok {
			if page == nil {
				page = zeros[:]
			}
			copy(b[done:done+n], page[at%pageSize:])
		}
		done += n
	}
	if len(b) < len(want) {
		return len(b), io.EOF
	}
	return len(b), nil
}

// Save writes size bytes from offset on into a new file, sparse: a whole disk,
// or one partition for the tool that checks it.
func (i *Image) Save(path string, offset, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("saving a disk: %w", err)
	}
	err = i.save(f, offset, size)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("saving a disk: %w", err)
	}
	return nil
}

func (i *Image) save(f *os.File, offset, size int64) error {
	if offset < 0 || size < 0 || offset+size > i.size {
		return fmt.Errorf("%d bytes at %d of %d", size, offset, i.size)
	}
	if err := f.Truncate(size); err != nil {
		return err
	}
	b := make([]byte, 64<<10)
	empty := make([]byte, len(b))
	for at := int64(0); at < size; {
		n := min(int64(len(b)), size-at)
		if _, err := i.ReadAt(b[:n], offset+at); err != nil {
			return err
		}
		if !bytes.Equal(b[:n], empty[:n]) {
			if _, err := f.WriteAt(b[:n], at); err != nil {
				return err
			}
		}
		at += n
	}
	return nil
}
