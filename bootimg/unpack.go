// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/pierrec/lz4/v4"
	"github.com/u-root/u-root/pkg/cpio"
)

// trailer is what ends an archive: a record of this name without content.
const (
	trailer    = "TRAILER!!!"
	headerLen  = 110
	trailerLen = (headerLen + len(trailer) + 1 + 3) &^ 3
)

// ErrNoInitramfs means that something is no initramfs of ours.
var ErrNoInitramfs = errors.New("not an initramfs")

// Unpack reads an initramfs as the kernel does: archives behind each other,
// zeros between them, of which a later record replaces an earlier one with the
// same name.
func Unpack(packed []byte) (map[string]cpio.Record, error) {
	plain, err := io.ReadAll(lz4.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoInitramfs, err)
	}
	records := map[string]cpio.Record{}
	for plain = trimZeros(plain); len(plain) > 0; plain = trimZeros(plain) {
		n, err := unpackArchive(records, plain)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoInitramfs, err)
		}
		plain = plain[n:]
	}
	if len(records) == 0 {
		return nil, ErrNoInitramfs
	}
	return records, nil
}

func trimZeros(b []byte) []byte { return bytes.TrimLeft(b, "\x00") }

// unpackArchive adds the records of the archive at the start of plain and gives
// its length.
func unpackArchive(records map[string]cpio.Record, plain []byte) (int, error) {
	end := int64(0)
	err := cpio.ForEachRecord(cpio.Newc.Reader(bytes.NewReader(plain)), func(r cpio.Record) error {
		end = int64(roundUp(int(r.FilePos)+int(r.FileSize), 4))
		if end > int64(len(plain)) {
			return fmt.Errorf("%s: %w", r.Name, io.ErrUnexpectedEOF)
		}
		records[r.Name] = r
		return nil
	})
	if err != nil {
		return 0, err
	}
	n := int(end) + trailerLen
	if n > len(plain) || !bytes.HasPrefix(plain[int(end)+headerLen:], []byte(trailer)) {
		return 0, fmt.Errorf("an archive has no end: %w", io.ErrUnexpectedEOF)
	}
	return n, nil
}

// Content gives the bytes of a file in an initramfs.
func Content(r cpio.Record) ([]byte, error) {
	b, err := io.ReadAll(io.NewSectionReader(r, 0, int64(r.FileSize)))
	if err != nil {
		return nil, fmt.Errorf("read %s of the initramfs: %w", r.Name, err)
	}
	return b, nil
}
