// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"understudy/appliance/layout"
)

// staging is one Stage.
type staging struct {
	esp
	*shelf
	release layout.Release
	keep    map[string]bool // IDs that must not be touched
	bios    bool            // GRUB boots this box, so the slot is what counts

	slot     layout.Slot // where the pair goes
	withPair bool
	osText   []byte // what the pair is
}

// run writes the release in both forms beside what is there, and moves it into
// place when it is whole.
func (g *staging) run(ctx context.Context, uki io.Reader, size int64, progress func(int64)) error {
	if size <= 0 {
		return fmt.Errorf("staging %s: an image of %d bytes", g.release.ID(), size)
	}
	if err := g.remove(g.parts...); err != nil {
		return err
	}
	good, ok := g.env.slot(layout.SlotVarGood)
	if !ok {
		good = layout.SlotA
	}
	g.slot = other(good)
	if err := g.nameSlots(); err != nil {
		return err
	}
	if err := g.makeRoom(size); err != nil {
		return err
	}
	if err := g.writeParts(ctx, uki, size, progress); err != nil {
		return errors.Join(err, g.remove(g.partPaths()...))
	}
	return g.commit()
}

// nameSlots writes down which release a slot from the disk image holds, before
// the image that tells it may go.
func (g *staging) nameSlots() error {
	for slot, id := range g.slots {
		of := g.imagesOf(id)
		if len(of) == 0 || g.exists(slot.Release()) {
			continue
		}
		f, err := os.Open(g.at(imagePath(of[0])))
		if err != nil {
			return err
		}
		u, err := openUKI(f, g.size(imagePath(of[0])))
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		if err := g.put(slot.Release(), u.osText); err != nil {
			return fmt.Errorf("naming the release in slot %s: %w", slot, err)
		}
	}
	return nil
}

func (g *staging) imagePart() string {
	return imagePath(ukiName{id: g.release.ID(), ext: extPart})
}

func (g *staging) partPaths() []string {
	return []string{g.imagePart(), g.slot.Kernel() + extPart, g.slot.Initrd() + extPart}
}

// writeParts writes the three files under names at which no loader looks.
func (g *staging) writeParts(ctx context.Context, r io.Reader, size int64, progress func(int64)) error {
	if err := g.write(ctx, g.imagePart(), r, size, progress); err != nil {
		return fmt.Errorf("writing %s to the boot partition: %w", g.release.ID(), err)
	}
	f, err := os.Open(g.at(g.imagePart()))
	if err != nil {
		return err
	}
	defer f.Close()
	u, err := openUKI(f, size)
	if err != nil {
		return err
	}
	if err := u.is(g.release); err != nil {
		return err
	}
	g.osText = u.osText
	free, err := g.free()
	if err != nil {
		return err
	}
	need := u.linux.Size() + u.initrd.Size() + spareRoom
	if g.withPair = g.bios || free >= need; !g.withPair {
		return nil
	}
	for path, s := range map[string]*io.SectionReader{g.slot.Kernel(): u.linux, g.slot.Initrd(): u.initrd} {
		if err := g.write(ctx, path+extPart, s, s.Size(), nil); err != nil {
			return fmt.Errorf("writing %s to the boot partition: %w", path, err)
		}
	}
	return nil
}

// commit moves the parts into place. See the package's description for what a
// loader finds at every point of it. The form in which this box boots is first,
// so that what was on trial before cannot boot with its other form gone.
func (g *staging) commit() error {
	steps := []func() error{g.clearImages, g.commitPair}
	if g.bios {
		slices.Reverse(steps)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if err := g.placeImage(); err != nil {
		return err
	}
	return g.prune()
}

// placeImage gives the image its name. On BIOS one that was good before may be
// the last that systemd-boot would find, and is the same.
func (g *staging) placeImage() error {
	if of := g.imagesOf(g.release.ID()); g.bios && slices.ContainsFunc(of, ukiName.good) {
		return g.remove(g.imagePart())
	}
	return g.rename(g.imagePart(), imagePath(ukiName{id: g.release.ID(), ext: extStaged}))
}

// clearImages deletes what was staged, on trial or bad before.
func (g *staging) clearImages() error {
	for _, n := range g.images {
		if !g.keep[n.id] && (!n.good() || n.id == g.release.ID() && !g.bios) {
			if err := g.remove(imagePath(n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// commitPair fills the slot that is not the good one.
func (g *staging) commitPair() error {
	if !g.withPair {
		return nil
	}
	change := grubEnv{stateVar(g.slot): ""}
	if trial, ok := g.env.slot(layout.SlotVarTrial); ok && trial == g.slot {
		change[layout.SlotVarTrial], change[layout.SlotVarTries] = "", ""
	}
	if err := g.setEnv(g.shelf, change); err != nil {
		return err
	}
	if err := g.emptySlot(g.slot); err != nil {
		return err
	}
	for _, p := range []string{g.slot.Kernel(), g.slot.Initrd()} {
		if err := g.rename(p+extPart, p); err != nil {
			return err
		}
	}
	if err := g.put(g.slot.Release(), g.osText); err != nil {
		return err
	}
	if err := g.put(g.slot.Config(), g.slot.Script()); err != nil {
		return err
	}
	g.slots[g.slot] = g.release.ID()
	return g.setEnv(g.shelf, grubEnv{stateVar(g.slot): slotStaged})
}

// emptySlot deletes a slot's files. Without its script GRUB leaves it alone.
func (e esp) emptySlot(s layout.Slot) error {
	return e.remove(s.Config(), s.Kernel(), s.Initrd(), s.Release())
}

// goodImages is how many good images are kept beside one that is staged.
const goodImages = 2

// prune deletes good images that are older than those.
func (g *staging) prune() error {
	kept := 0
	for _, n := range g.images {
		if !n.good() || n.id == g.release.ID() {
			continue
		}
		if kept++; kept <= goodImages || g.keep[n.id] {
			continue
		}
		if err := g.remove(imagePath(n)); err != nil {
			return err
		}
	}
	return nil
}
