// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"understudy/appliance/layout"
)

// single is the image of a release. If a power cut in the middle of a rename
// has left two names for one file, they share its clusters, and deleting one
// would free those of the other: then a copy takes the place of both. False
// means that there is no image.
func (e esp) single(s *shelf, id string) (ukiName, bool, error) {
	of := s.imagesOf(id)
	if len(of) == 0 {
		return ukiName{}, false, nil
	}
	best := of[0]
	for _, n := range of[1:] {
		if rank(n) < rank(best) {
			best = n
		}
	}
	if len(of) == 1 {
		return best, true, nil
	}
	part := imagePath(ukiName{id: id, ext: extPart})
	err := e.copy(imagePath(best), part)
	for _, n := range of {
		if err == nil {
			err = e.remove(imagePath(n))
		}
	}
	if err == nil {
		err = e.rename(part, imagePath(best))
	}
	if err != nil {
		return best, false, fmt.Errorf("repairing %s on the boot partition, which has two names: %w", id, err)
	}
	return best, true, nil
}

// rank orders the names that one image may have: good, on trial, staged.
func rank(n ukiName) int {
	switch {
	case n.ext == extStaged:
		return 2
	case n.counted:
		return 1
	}
	return 0
}

func (e esp) copy(from, to string) error {
	f, err := os.Open(e.at(from))
	if err != nil {
		return err
	}
	defer f.Close()
	size := e.size(from)
	return e.write(context.Background(), to, io.NewSectionReader(f, 0, size), size, nil)
}

// stage is Stage for both loaders. mirror is what Bless does last, for the
// case that a power cut has kept it from that.
func (e esp) stage(ctx context.Context, running Entry, lastGood string, mirror func() error, g *staging, uki io.Reader, size int64, progress func(int64)) error {
	id := g.release.ID()
	if err := g.release.Check(); err != nil {
		return err
	}
	switch {
	case running.State == Trial:
		return ErrOnTrial
	case id == running.Release.ID() || id == lastGood:
		return fmt.Errorf("staging %s: %w", id, ErrInUse)
	}
	err := mirror()
	if err == nil {
		g.shelf, err = e.scan()
	}
	if err != nil {
		return err
	}
	g.esp, g.keep = e, map[string]bool{running.Release.ID(): true, lastGood: true}
	return g.run(ctx, uki, size, progress)
}

// canArm checks what Arm refuses on both loaders.
func canArm(r layout.Release, tries int, running Entry, lastGood string) error {
	id := r.ID()
	var err error
	switch {
	case tries < 1 || tries > MaxTries:
		err = fmt.Errorf("%d boots are not between 1 and %d", tries, MaxTries)
	case id == running.Release.ID() || id == lastGood:
		err = ErrInUse
	case lastGood != "" && compareVersions(id, lastGood) < 0:
		err = ErrOlder
	}
	if err != nil {
		return fmt.Errorf("putting %s on trial: %w", id, err)
	}
	return nil
}

// drop deletes both forms of a release.
func (e esp) drop(s *shelf, id string) error {
	slot, ok := s.slotOf(id)
	good, _ := s.env.slot(layout.SlotVarGood)
	// The good slot of a box that boots by UEFI may be older than what runs.
	// It stays, or the disk would not boot on a BIOS machine at all.
	if ok && slot != good {
		change := grubEnv{stateVar(slot): ""}
		if trial, on := s.env.slot(layout.SlotVarTrial); on && trial == slot {
			change[layout.SlotVarTrial], change[layout.SlotVarTries] = "", ""
		}
		if err := errors.Join(e.setEnv(s, change), e.emptySlot(slot)); err != nil {
			return err
		}
	}
	for _, n := range s.imagesOf(id) {
		if err := e.remove(imagePath(n)); err != nil {
			return err
		}
	}
	return nil
}

// describe is a release with what its image says of it.
func (e esp) describe(n ukiName) layout.Release {
	r := releaseOf(n.id)
	f, err := os.Open(e.at(imagePath(n)))
	if err != nil {
		return r
	}
	defer f.Close()
	if u, err := openUKI(f, e.size(imagePath(n))); err == nil {
		r.Build = u.osRelease["BUILD_ID"]
	}
	return r
}

// makeGood lets GRUB boot a slot as the good one. The other one was good
// before, unless something else is known of it.
func (e esp) makeGood(s *shelf, slot layout.Slot) error {
	change := grubEnv{layout.SlotVarGood: string(slot), stateVar(slot): slotGood, layout.SlotVarTrial: "", layout.SlotVarTries: ""}
	if before, ok := s.env.slot(layout.SlotVarGood); ok && before != slot {
		change[stateVar(before)] = slotGood
	}
	return e.setEnv(s, change)
}
