// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// window is the largest zstd window that Linux unpacks an initramfs with.
const window = 8 << 20

// compress writes what it reads as one zstd frame, as small as it can. It
// works on one core, because more would make the bytes depend on how many
// there are.
func compress(w io.Writer, r io.Reader) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithEncoderCRC(true))
	if err != nil {
		return fmt.Errorf("compressing: %w", err)
	}
	if _, err := io.Copy(z, r); err != nil {
		return fmt.Errorf("compressing: %w", errors.Join(err, z.Close()))
	}
	return z.Close()
}

// compressFile compresses a reader into a new file.
func compressFile(path string, r io.Reader) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(compress(f, r), f.Close())
}
