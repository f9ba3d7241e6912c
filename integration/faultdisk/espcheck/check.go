// SPDX-License-Identifier: Apache-2.0

package espcheck

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"understudy/appliance/base/slots"
	"understudy/appliance/layout"
)

// Image is a disk at one moment; *faultdisk.Image is one.
type Image interface {
	Save(path string, offset, size int64) error
}

// Checker knows what an ESP must hold, whatever happens to it.
type Checker struct {
	Offset, Size int64     // of the ESP on the disk, in bytes
	Releases     []Release // either may boot
	Dir          string    // for the copy of the ESP, which is deleted again

	// Fixed are files that no update touches: path and hash.
	Fixed map[string][sha256.Size]byte
}

// Result is what would happen at the next boot.
type Result struct {
	UEFI, BIOS string   // IDs of the releases that boot
	FAT        []string // what fsck.vfat says, none of it about a file that boots
}

// Check judges the ESP of a disk. An error says why it does not boot a whole
// release, on UEFI or on BIOS, or why that cannot be told.
func (c *Checker) Check(ctx context.Context, disk Image) (Result, error) {
	copied := filepath.Join(c.Dir, "esp")
	if err := disk.Save(copied, c.Offset, c.Size); err != nil {
		return Result{}, err
	}
	defer os.Remove(copied)
	return c.judge(ctx, copied)
}

// judge is Check of a copy of the ESP.
func (c *Checker) judge(ctx context.Context, copied string) (r Result, err error) {
	if r.FAT, err = fsck(ctx, copied); err != nil {
		return r, err
	}
	f, err := os.Open(copied)
	if err != nil {
		return r, err
	}
	defer f.Close()
	esp, err := openVolume(f)
	if err != nil {
		return r, fmt.Errorf("reading the ESP: %w", err)
	}
	for name, want := range c.Fixed {
		if err := same(esp, name, want); err != nil {
			return r, err
		}
	}
	var boots []string
	uefi, err := slots.ChooseSDBoot(esp)
	if err == nil {
		boots = append(boots, uefi.Image)
		r.UEFI, err = c.image(esp, uefi.Image)
	}
	if err != nil {
		return r, fmt.Errorf("UEFI: %w", err)
	}
	bios, err := slots.ChooseGRUB(esp)
	if err == nil {
		boots = append(boots, bios.Slot.Config(), bios.Slot.Kernel(), bios.Slot.Initrd())
		r.BIOS, err = c.pair(esp, bios.Slot)
	}
	if err != nil {
		return r, fmt.Errorf("BIOS: %w", err)
	}
	return r, c.blame(r.FAT, boots)
}

// Fix makes files as they are on a disk Fixed.
func (c *Checker) Fix(disk io.ReaderAt, names ...string) error {
	esp, err := openVolume(io.NewSectionReader(disk, c.Offset, c.Size))
	if err != nil {
		return fmt.Errorf("reading the ESP: %w", err)
	}
	c.Fixed = map[string][sha256.Size]byte{}
	for _, name := range names {
		f, err := esp.Open(relative(name))
		if err != nil {
			return err
		}
		c.Fixed[name], err = hash(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// image finds the release to which an image belongs.
func (c *Checker) image(esp fs.FS, name string) (string, error) {
	for _, r := range c.Releases {
		if same(esp, name, r.UKI) == nil {
			return r.ID, nil
		}
	}
	return "", fmt.Errorf("%s, which boots, is no whole release", name)
}

// pair finds the release to which a slot's kernel and initramfs belong.
func (c *Checker) pair(esp fs.FS, slot layout.Slot) (string, error) {
	for _, r := range c.Releases {
		if same(esp, slot.Kernel(), r.Linux) == nil && same(esp, slot.Initrd(), r.Initrd) == nil {
			return r.ID, c.script(esp, slot)
		}
	}
	return "", fmt.Errorf("slot %s, which boots, holds no whole release", slot)
}

// script checks that a slot's script loads the slot's own files.
func (c *Checker) script(esp fs.FS, slot layout.Slot) error {
	b, err := fs.ReadFile(esp, relative(slot.Config()))
	if err != nil {
		return err
	}
	for _, want := range []string{"linux16 " + slot.Kernel() + " ", "initrd16 " + slot.Initrd() + "\n", layout.CmdlineSlot + "=" + string(slot)} {
		if !strings.Contains(string(b), want) {
			return fmt.Errorf("the script of slot %s lacks %q", slot, want)
		}
	}
	return nil
}

// same checks a file's hash.
func same(esp fs.FS, name string, want [sha256.Size]byte) error {
	f, err := esp.Open(relative(name))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer f.Close()
	got, err := hash(f)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if got != want {
		return fmt.Errorf("%s has another content", name)
	}
	return nil
}

func relative(p string) string { return strings.TrimPrefix(p, "/") }

// fsck runs the reference tool and returns what it says. It changes nothing.
func fsck(ctx context.Context, image string) ([]string, error) {
	out, err := exec.CommandContext(ctx, "fsck.vfat", "-n", image).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) { // 1: there is something to repair
		return nil, fmt.Errorf("fsck.vfat: %w\n%s", err, out)
	}
	if err == nil {
		return nil, nil
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "fsck.fat ") && !strings.HasPrefix(line, image+":") {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// counted is what an image's name may end in; two such names of one image are
// what a power cut in a rename leaves.
var counted = regexp.MustCompile(`(\+[0-9]+(-[0-9]+)?)?\.(efi|staged)$`)

// blame finds complaints about files that boot or never change: damage there
// may be harmless at this boot and not at the next.
func (c *Checker) blame(complaints, boots []string) error {
	for name := range c.Fixed {
		boots = append(boots, name)
	}
	emptied := "" // by fsck.vfat itself, in its mind: the second of two twins
	for i, line := range complaints {
		if !strings.HasPrefix(line, "/") {
			continue
		}
		name := strings.TrimSuffix(line, "  and")
		if !slices.ContainsFunc(boots, func(b string) bool { return strings.EqualFold(b, name) }) {
			continue
		}
		if twin(complaints, i) {
			emptied = name
			continue
		}
		if name == emptied && i+1 < len(complaints) && strings.Contains(complaints[i+1], "cluster chain length is 0 bytes") {
			continue
		}
		return fmt.Errorf("fsck.vfat complains about %s, which boots: %s", name, strings.Join(complaints[i:min(i+3, len(complaints))], " "))
	}
	return nil
}

// twin reports whether the complaint with line i is that two names of one image
// share its clusters.
func twin(complaints []string, i int) bool {
	if i > 0 && strings.HasSuffix(complaints[i-1], "  and") {
		i--
	}
	if i+2 >= len(complaints) || !strings.HasSuffix(complaints[i], "  and") || !strings.HasPrefix(complaints[i+2], "share clusters") {
		return false
	}
	a, b := strings.TrimSuffix(complaints[i], "  and"), complaints[i+1]
	stem := func(p string) string { return strings.ToLower(counted.ReplaceAllString(p, "")) }
	return path.Dir(a) == layout.ESPLinuxDir && stem(a) == stem(b) && stem(a) != strings.ToLower(a)
}
