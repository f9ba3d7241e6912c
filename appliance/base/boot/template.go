// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// writeTemplate unpacks an empty file system onto a device. All of it is
// written, the zeros too: what lay on the device before reads as noise
// through a new key, and the file system counts on zeros where it left some.
func writeTemplate(ctx context.Context, template, device string) error {
	packed, err := os.Open(template)
	if err != nil {
		return fmt.Errorf("making the state: %w", err)
	}
	defer packed.Close()
	plain, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return fmt.Errorf("making the state: %w", err)
	}
	defer plain.Close()
	out, err := os.OpenFile(device, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("making the state: %w", err)
	}
	defer out.Close()
	if _, err := io.CopyBuffer(struct{ io.Writer }{out}, untilDone{ctx, plain}, make([]byte, 1<<20)); err != nil {
		return fmt.Errorf("writing an empty file system to %s: %w", device, err)
	}
	if err := out.Sync(); err != nil {
		return fmt.Errorf("writing an empty file system to %s: %w", device, err)
	}
	return nil
}

// untilDone ends a read when its context ends.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (u untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(b)
}
