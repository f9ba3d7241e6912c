// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"understudy/appliance/layout"
)

// diskParts is what goes onto a disk beside the empty partitions.
type diskParts struct {
	boot440 [440]byte // boot code of the master boot record
	core    []byte    // content of the BIOS boot partition
	esp     []espFile
	at      time.Time // of the files
}

// writeDisk makes the disk image: sparse, since most of it is zeros.
func writeDisk(path string, gpt layout.GPT, p diskParts) error {
	gpt.BootCode = p.boot440
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return fmt.Errorf("disk image: %w", err)
	}
	defer os.Remove(tmp.Name())
	err = fillDisk(tmp, gpt, p)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return fmt.Errorf("disk image: %w", err)
	}
	return os.Rename(tmp.Name(), path)
}

func fillDisk(image *os.File, gpt layout.GPT, p diskParts) error {
	if err := image.Truncate(gpt.Sectors * layout.SectorSize); err != nil {
		return err
	}
	bios, ok1 := gpt.Find(layout.BIOSBoot)
	esp, ok2 := gpt.Find(layout.ESP)
	if !ok1 || !ok2 {
		return errors.New("the layout has no place for a loader")
	}
	if err := writeFAT32(image, esp.Offset(), esp.Size(), layout.ESPLabel, p.esp, p.at); err != nil {
		return fmt.Errorf("EFI system partition: %w", err)
	}
	if _, err := image.WriteAt(p.core, bios.Offset()); err != nil {
		return err
	}
	primary, backup, err := gpt.Encode()
	if err != nil {
		return err
	}
	for _, piece := range []layout.Piece{primary, backup} {
		if _, err := image.WriteAt(piece.Bytes, piece.Offset); err != nil {
			return err
		}
	}
	return nil
}
