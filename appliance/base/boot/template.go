// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// templateBlock is the unit in which the template is written or left out.
const templateBlock = 4096

// writeTemplate unpacks an empty file system onto a device. What lay there
// before reads as noise through a new key, and stays where the template has a
// block of zeros: the file system is made such that it counts on none of them.
// So 44 KiB of 16 MiB go through the cipher, which takes an emulated processor
// five seconds for all of it.
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
	if err := copyBlocks(ctx, out, plain); err != nil {
		return fmt.Errorf("writing an empty file system to %s: %w", device, err)
	}
	if err := out.Sync(); err != nil {
		return fmt.Errorf("writing an empty file system to %s: %w", device, err)
	}
	return nil
}

// copyBlocks copies all blocks but those of zeros to where they belong.
func copyBlocks(ctx context.Context, to io.WriterAt, from io.Reader) error {
	var block, zeros [templateBlock]byte
	for at := int64(0); ; at += templateBlock {
		n, err := io.ReadFull(from, block[:])
		if err == io.EOF {
			return nil
		}
		if err != nil && err != io.ErrUnexpectedEOF {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !bytes.Equal(block[:n], zeros[:n]) {
			if _, err := to.WriteAt(block[:n], at); err != nil {
				return err
			}
		}
	}
}
