// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"understudy/appliance/layout"
)

// grubModules are what GRUB needs to read its script and boot a kernel from a
// FAT file system.
var grubModules = []string{
	"biosdisk", "part_gpt", "fat", "normal", "configfile", "test", "echo", "sleep",
	"loadenv", "linux16", "serial", "terminal", "reboot",
}

// Places that are patched. A build of GRUB knows neither where its second
// stage lies on the disk nor how long it is.
const (
	bootKernelSector = 0x5c  // boot.img: sector of core.img, 8 bytes
	bootDriveCheck   = 0x66  // boot.img: two bytes that would distrust the BIOS's drive number
	coreNextSector   = 0x1f4 // core.img: sector of the rest, 8 bytes
	coreNextLength   = 0x1fc // core.img: sectors of the rest, 2 bytes
	nop              = 0x90
)

//go:embed grub.cfg
var grubConfig []byte

// grubCore makes GRUB's second stage: its kernel with modules, which looks for
// grub.cfg in the directory that the prefix names on the drive it came from.
func (c cache) grubCore(ctx context.Context, modules string, packageHash string) (string, error) {
	program, err := find("grub-mkimage")
	if err != nil {
		return "", err
	}
	version, err := hashFile(program)
	if err != nil {
		return "", err
	}
	prefix := "(,gpt2)" + filepath.Dir(layout.ESPGrubEnv)
	inputs := []string{"core", version, packageHash, prefix, strings.Join(grubModules, " ")}
	return c.step("core.img", inputs, func(path string) error {
		args := append([]string{"-O", "i386-pc", "-d", modules, "-o", path, "-p", prefix}, grubModules...)
		_, err := run(ctx, "", nil, "grub-mkimage", args...)
		return err
	})
}

// grubStages reads both stages and patches them for a core.img that starts at
// a sector.
func grubStages(bootPath, corePath string, sector int64) (boot [440]byte, core []byte, err error) {
	b, err := os.ReadFile(bootPath)
	if err != nil {
		return boot, nil, fmt.Errorf("GRUB's first stage: %w", err)
	}
	if core, err = os.ReadFile(corePath); err != nil {
		return boot, nil, fmt.Errorf("GRUB's second stage: %w", err)
	}
	room := layout.PartitionFor(layout.BIOSBoot).Size
	if len(b) != layout.SectorSize || len(core) < 2*layout.SectorSize || int64(len(core)) > room {
		return boot, nil, fmt.Errorf("GRUB's stages have %d and %d bytes, want %d and at most %d", len(b), len(core), layout.SectorSize, room)
	}
	le := binary.LittleEndian
	le.PutUint64(b[bootKernelSector:], uint64(sector))
	b[bootDriveCheck], b[bootDriveCheck+1] = nop, nop
	copy(boot[:], b)

	rest := (len(core) - 1) / layout.SectorSize // sectors behind the first
	le.PutUint64(core[coreNextSector:], uint64(sector+1))
	le.PutUint16(core[coreNextLength:], uint16(rest))
	return boot, core, nil
}

// grubEnv is an environment block: GRUB overwrites it in place, so it always
// has the same size.
func grubEnv(vars ...string) []byte {
	const size = 1024
	text := "# GRUB Environment Block\n"
	for _, v := range vars {
		text += v + "\n"
	}
	return []byte(text + strings.Repeat("#", size-len(text)))
}
