// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"sync"
	"time"

	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/fat32"

	"understudy/appliance/layout"
)

// espFile is a file of the EFI system partition.
type espFile struct {
	path string
	data []byte
}

// loaderConfig is systemd-boot's: no menu, no keys that change parameters.
const loaderConfig = "timeout 0\nconsole-mode keep\neditor no\nauto-firmware no\n"

// writeESP makes a FAT32 file system with the files in a part of an image. The
// files lie there in order and in one piece each.
func writeESP(image *os.File, offset, size int64, files []espFile, at time.Time) error {
	return atTime(at, func() error {
		fs, err := fat32.Create(file.New(image, false), size, offset, layout.SectorSize, layout.ESPLabel, true)
		if err != nil {
			return fmt.Errorf("making the EFI system partition: %w", err)
		}
		made := map[string]bool{"/": true}
		for _, f := range files {
			if dir := path.Dir(f.path); !made[dir] {
				if err := fs.Mkdir(dir); err != nil {
					return fmt.Errorf("EFI system partition: directory %s: %w", dir, err)
				}
				made[dir] = true
			}
			out, err := fs.OpenFile(f.path, os.O_CREATE|os.O_RDWR)
			if err != nil {
				return fmt.Errorf("EFI system partition: %s: %w", f.path, err)
			}
			_, err = out.Write(f.data)
			if err := errors.Join(err, out.Close()); err != nil {
				return fmt.Errorf("EFI system partition: %s: %w", f.path, err)
			}
		}
		return nil
	})
}

var epoch sync.Mutex

// atTime runs do with SOURCE_DATE_EPOCH set, the only way to tell the FAT
// writer which time to give its files.
func atTime(t time.Time, do func() error) error {
	const name = "SOURCE_DATE_EPOCH"
	epoch.Lock()
	defer epoch.Unlock()
	if old, ok := os.LookupEnv(name); ok {
		defer os.Setenv(name, old)
	} else {
		defer os.Unsetenv(name)
	}
	if err := os.Setenv(name, strconv.FormatInt(t.Unix(), 10)); err != nil {
		return err
	}
	return do()
}
