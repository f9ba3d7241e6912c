// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"understudy/appliance/layout"
)

// shelf is what the ESP holds, in both forms: unified kernel images for
// systemd-boot, and slots with kernel and initramfs for GRUB.
type shelf struct {
	images []ukiName              // *.efi and *.staged
	parts  []string               // paths of what was being written
	slots  map[layout.Slot]string // ID of what a whole slot holds
	env    grubEnv                // empty if it cannot be read
}

// imagePath is where an image lies.
func imagePath(n ukiName) string { return layout.ESPLinuxDir + "/" + n.String() }

// scan looks at the ESP.
func (e esp) scan() (*shelf, error) {
	s := &shelf{slots: map[layout.Slot]string{}}
	names, err := e.names(layout.ESPLinuxDir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		n, ours := parseUKIName(name)
		switch {
		case ours && n.ext != extPart:
			s.images = append(s.images, n)
		case strings.HasSuffix(name, extPart):
			s.parts = append(s.parts, layout.ESPLinuxDir+"/"+name)
		}
	}
	slices.SortStableFunc(s.images, func(a, b ukiName) int { return compareVersions(b.id, a.id) })
	for _, slot := range []layout.Slot{layout.SlotA, layout.SlotB} {
		if err := e.scanSlot(s, slot); err != nil {
			return nil, err
		}
	}
	s.env, err = e.readEnv()
	return s, err
}

func (e esp) scanSlot(s *shelf, slot layout.Slot) error {
	dir := path.Dir(slot.Config())
	names, err := e.names(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasSuffix(name, extPart) {
			s.parts = append(s.parts, dir+"/"+name)
		}
	}
	if !e.exists(slot.Config()) || !e.exists(slot.Kernel()) || !e.exists(slot.Initrd()) {
		return nil
	}
	id, err := e.slotID(s, slot)
	if err != nil {
		return err
	}
	s.slots[slot] = id
	return nil
}

// slotID tells which release a slot holds.
func (e esp) slotID(s *shelf, slot layout.Slot) (string, error) {
	b, err := e.readSmall(slot.Release(), maxOSRelease)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading which release slot %s of the boot partition holds: %w", slot, err)
	}
	o := parseOSRelease(b)
	if n, ok := parseUKIName(o["IMAGE_ID"] + "-" + o["IMAGE_VERSION"] + extUKI); ok && !n.counted {
		return n.id, nil
	}
	return e.slotOfImage(s, slot), nil
}

// slotOfImage finds the release of a slot that came with the disk image, which
// does not name it: that of the image with the same kernel and initramfs. ""
// if there is none. Releases of one tree differ at the initramfs's end alone.
func (e esp) slotOfImage(s *shelf, slot layout.Slot) string {
	for _, n := range s.images {
		if e.sameInitrd(imagePath(n), slot) {
			return n.id
		}
	}
	return ""
}

func (e esp) sameInitrd(image string, slot layout.Slot) bool {
	const tail = 4 << 10 // more than a release file takes
	f, err := os.Open(e.at(image))
	if err != nil {
		return false
	}
	defer f.Close()
	u, err := openUKI(f, e.size(image))
	if err != nil || u.linux.Size() != e.size(slot.Kernel()) || u.initrd.Size() != e.size(slot.Initrd()) {
		return false
	}
	initrd, err := os.Open(e.at(slot.Initrd()))
	if err != nil {
		return false
	}
	defer initrd.Close()
	n := min(tail, u.initrd.Size())
	a, b := make([]byte, n), make([]byte, n)
	_, err1 := u.initrd.ReadAt(a, u.initrd.Size()-n)
	_, err2 := initrd.ReadAt(b, u.initrd.Size()-n)
	return err1 == nil && err2 == nil && bytes.Equal(a, b)
}

// readEnv reads GRUB's variables. A block that GRUB could not read either has
// none.
func (e esp) readEnv() (grubEnv, error) {
	b, err := e.readSmall(layout.ESPGrubEnv, envSize)
	if errors.Is(err, fs.ErrNotExist) {
		return grubEnv{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading GRUB's variables: %w", err)
	}
	env, err := parseGrubEnv(b)
	if err != nil {
		return grubEnv{}, nil
	}
	return env, nil
}

// setEnv changes some of GRUB's variables; "" removes one. It writes nothing if
// nothing changes.
func (e esp) setEnv(s *shelf, change grubEnv) error {
	before, err := s.env.encode()
	if err != nil {
		return err
	}
	for name, value := range change {
		if s.env[name] = value; value == "" {
			delete(s.env, name)
		}
	}
	b, err := s.env.encode()
	if err != nil {
		return err
	}
	whole := e.size(layout.ESPGrubEnv) == envSize
	switch {
	case whole && bytes.Equal(before, b):
		return nil
	case whole:
		err = e.overwrite(layout.ESPGrubEnv, b)
	default:
		err = errors.Join(e.remove(layout.ESPGrubEnv), e.put(layout.ESPGrubEnv, b))
	}
	if err != nil {
		return fmt.Errorf("writing GRUB's variables: %w", err)
	}
	return nil
}

// slotOf is the slot that holds a release. False means none.
func (s *shelf) slotOf(id string) (layout.Slot, bool) {
	for slot, holds := range s.slots {
		if holds == id {
			return slot, true
		}
	}
	return "", false
}

// imagesOf are the images of a release. There should be at most one.
func (s *shelf) imagesOf(id string) []ukiName {
	var of []ukiName
	for _, n := range s.images {
		if n.id == id {
			of = append(of, n)
		}
	}
	return of
}

// lastGoodImage is the newest image without a counter, which is what
// systemd-boot falls back to. "" means none.
func (s *shelf) lastGoodImage() string {
	for _, n := range s.images {
		if n.good() {
			return n.id
		}
	}
	return ""
}
