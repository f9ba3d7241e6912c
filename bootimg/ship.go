// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"errors"
	"fmt"
	"os"

	"github.com/klauspost/compress/zstd"
)

// Ship compresses a disk image as it is shipped and returns the size in bytes.
// What is in it is compressed already, so the quick level is as good as any.
func Ship(raw, packed string) (int64, error) {
	in, err := os.Open(raw)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.Create(packed)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	z, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return 0, err
	}
	_, err = in.WriteTo(z)
	if err := errors.Join(err, z.Close()); err != nil {
		return 0, fmt.Errorf("compressing %s: %w", raw, err)
	}
	info, err := out.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
