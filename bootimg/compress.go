// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// PackArchive writes what it reads as the kernel unpacks it fastest: blocks of
// LZ4 in the older of its formats, the only one that the kernel knows. zstd is a
// quarter smaller and takes three times as long, at every start. The bytes do
// not depend on how many processors there are: blocks know nothing of each other.
func PackArchive(w io.Writer, r io.Reader) error {
	z := lz4.NewWriter(w)
	if err := z.Apply(lz4.LegacyOption(true), lz4.CompressionLevelOption(lz4.Level9), lz4.ConcurrencyOption(-1)); err != nil {
		return fmt.Errorf("compressing: %w", err)
	}
	return compress(z, r)
}

// window is how far back the template's compression looks, which is memory that
// the box needs at its first start.
const window = 8 << 20

// packTemplate writes what it reads as one zstd frame, as small as it can. It
// works on one core, because more would make the bytes depend on how many there
// are.
func packTemplate(w io.Writer, r io.Reader) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithEncoderCRC(true))
	if err != nil {
		return fmt.Errorf("compressing: %w", err)
	}
	return compress(z, r)
}

func compress(z io.WriteCloser, r io.Reader) error {
	_, err := io.Copy(z, r)
	if err := errors.Join(err, z.Close()); err != nil {
		return fmt.Errorf("compressing: %w", err)
	}
	return nil
}

// packFile packs a reader into a new file.
func packFile(path string, pack func(io.Writer, io.Reader) error, r io.Reader) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(pack(f, r), f.Close())
}
