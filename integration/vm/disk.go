// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/diskfs/go-diskfs"
	"github.com/diskfs/go-diskfs/disk"
	"github.com/diskfs/go-diskfs/filesystem"
)

// defaultDiskGiB serves machines without a profile.
const defaultDiskGiB = 8

// disk is a drive as QEMU sees it.
type drive struct {
	path, format string
	throwaway    bool // need not survive a crash of this host
}

// drives makes the machine's disks in order: the one it boots from, the
// profile's others, the extra ones, the seed volume.
func (s *Spec) drives(ctx context.Context) ([]drive, error) {
	var all []drive
	switch {
	case s.DiskURL != "":
		// Every flush of the guest must reach the server.
		all = append(all, drive{s.DiskURL, "raw", false})
	case s.Artifacts.Raw != "" || s.DiskPath != "":
		throwaway := s.DiskPath == ""
		if throwaway {
			s.DiskPath = filepath.Join(s.Dir, "disk.qcow2")
		}
		if err := s.makeDisk(ctx, throwaway); err != nil {
			return nil, err
		}
		all = append(all, drive{s.DiskPath, "qcow2", throwaway})
		for i, d := range s.Profile.Disks[min(1, len(s.Profile.Disks)):] {
			path := filepath.Join(s.Dir, fmt.Sprintf("disk%d.qcow2", i+2))
			if err := MakeDisk(ctx, path, d.SizeGiB); err != nil {
				return nil, err
			}
			all = append(all, drive{path, "qcow2", throwaway})
		}
	}
	for _, path := range s.ExtraDisks {
		format, err := diskFormat(path)
		if err != nil {
			return nil, err
		}
		all = append(all, drive{path, format, false})
	}
	if s.SeedVolume && s.Seed != nil {
		path := filepath.Join(s.Dir, "seed.img")
		if err := MakeSeedVolume(path, s.Seed); err != nil {
			return nil, err
		}
		all = append(all, drive{path, "raw", true})
	}
	return all, nil
}

// makeDisk makes the disk from the image, unless it is there: one that is kept
// as a copy, since the image may change under it, one for this time alone as a
// difference.
func (s *Spec) makeDisk(ctx context.Context, throwaway bool) error {
	if _, err := os.Stat(s.DiskPath); err == nil || s.Artifacts.Raw == "" {
		return err
	}
	image, err := filepath.Abs(s.Artifacts.Raw)
	if err != nil {
		return fmt.Errorf("make a disk for %s: %w", s.Name, err)
	}
	size := s.DiskGiB
	if size == 0 && len(s.Profile.Disks) > 0 {
		size = s.Profile.Disks[0].SizeGiB
	}
	if size == 0 {
		size = defaultDiskGiB
	}
	if err := os.MkdirAll(filepath.Dir(s.DiskPath), 0o755); err != nil {
		return fmt.Errorf("make a disk for %s: %w", s.Name, err)
	}
	bytes := fmt.Sprintf("%dG", size)
	if throwaway {
		return qemuImg(ctx, "create", "-q", "-f", "qcow2", "-F", "raw", "-b", image, s.DiskPath, bytes)
	}
	// Under another name until it is whole: a disk that is there is used.
	part := s.DiskPath + ".part"
	if err := qemuImg(ctx, "convert", "-q", "-f", "raw", "-O", "qcow2", image, part); err != nil {
		return err
	}
	if err := qemuImg(ctx, "resize", "-q", part, bytes); err != nil {
		return err
	}
	return os.Rename(part, s.DiskPath)
}

// MakeDisk makes an empty qcow2 disk, unless there is a file at path.
func MakeDisk(ctx context.Context, path string, gib int) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return qemuImg(ctx, "create", "-q", "-f", "qcow2", path, fmt.Sprintf("%dG", gib))
}

func qemuImg(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, "qemu-img", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("qemu-img %v: %w: %s", args, err, bytes.TrimSpace(out))
	}
	return nil
}

// diskFormat tells qcow2 from raw, so that QEMU need not guess.
func diskFormat(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("open a disk: %w", err)
	}
	defer file.Close()
	magic := make([]byte, 4)
	if n, _ := file.Read(magic); n == 4 && string(magic) == "QFI\xfb" {
		return "qcow2", nil
	}
	return "raw", nil
}

// seedVolumeSize is the least that FAT32 takes with clusters of one sector,
// and some room.
const seedVolumeSize = 48 << 20

// MakeSeedVolume makes an image of a FAT volume labelled UNDERSTUDY that holds
// the seed, as a person would prepare a USB stick.
func MakeSeedVolume(path string, seed []byte) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("make the seed volume: %w", err)
	}
	d, err := diskfs.Create(path, seedVolumeSize, diskfs.SectorSizeDefault)
	if err != nil {
		return fmt.Errorf("make the seed volume: %w", err)
	}
	defer d.Close()
	fs, err := d.CreateFilesystem(disk.FilesystemSpec{FSType: filesystem.TypeFat32, VolumeLabel: "UNDERSTUDY"})
	if err != nil {
		return fmt.Errorf("format the seed volume: %w", err)
	}
	defer fs.Close()
	file, err := fs.OpenFile("/seed.toml", os.O_CREATE|os.O_RDWR)
	if err != nil {
		return fmt.Errorf("write the seed: %w", err)
	}
	if _, err := file.Write(seed); err != nil {
		return fmt.Errorf("write the seed: %w", err)
	}
	return file.Close()
}
