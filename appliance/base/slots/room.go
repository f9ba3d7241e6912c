// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"understudy/appliance/layout"
)

// spareRoom is left over for directories and small files, in bytes.
const spareRoom = layout.MiB

// victim is something that may go when there is no room.
type victim struct {
	size   int64
	remove func() error
}

// makeRoom makes sure that an image of size bytes fits, on BIOS with its
// kernel and initramfs, which are not larger than it. If it cannot, nothing
// is deleted.
func (g *staging) makeRoom(size int64) error {
	need, free, victims, err := g.room(size)
	if err != nil {
		return err
	}
	for _, v := range victims {
		if free >= need {
			return nil
		}
		if err := v.remove(); err != nil {
			return err
		}
		free += v.size
	}
	return nil
}

// room is what an image of size bytes needs, what is free, and what may go for
// it. The error is a *SpaceError if that is not enough.
func (g *staging) room(size int64) (need, free int64, victims []victim, err error) {
	need = size + spareRoom
	if g.bios {
		need += size
	}
	if free, err = g.free(); err != nil {
		return need, free, nil, err
	}
	victims = g.victims()
	most := free
	for _, v := range victims {
		most += v.size
	}
	if most < need {
		err = &SpaceError{Missing: need - most}
	}
	return need, free, victims, err
}

// fits is Fits for both loaders. What an earlier Stage has left goes before
// anything else.
func (e esp) fits(s *shelf, running Entry, lastGood string, bios bool, size int64) error {
	g := &staging{esp: e, shelf: s, keep: map[string]bool{running.Release.ID(): true, lastGood: true}, bios: bios}
	g.free = func() (int64, error) {
		free, err := e.free()
		for _, part := range s.parts {
			free += e.size(part)
		}
		return free, err
	}
	_, _, _, err := g.room(size)
	return err
}

// victims lists what may go, the least missed first: releases that have not
// proven themselves, then good ones, the oldest first, then of those that are
// kept the form in which this box does not boot.
func (g *staging) victims() []victim {
	var unproven, good, unused []victim
	for i := len(g.images) - 1; i >= 0; i-- {
		n := g.images[i]
		v := victim{g.size(imagePath(n)), func() error { return g.remove(imagePath(n)) }}
		switch {
		case g.keep[n.id] && g.bios:
			unused = append(unused, v)
		case g.keep[n.id]:
		case n.good():
			good = append(good, v)
		default:
			unproven = append(unproven, v)
		}
	}
	for slot, id := range g.slots {
		v := g.slotVictim(slot)
		switch {
		case g.keep[id] && g.bios:
		case g.keep[id]:
			unused = append(unused, v)
		case g.env[stateVar(slot)] == slotGood:
			good = append(good, v)
		default:
			unproven = append(unproven, v)
		}
	}
	return append(append(unproven, good...), unused...)
}

func (g *staging) slotVictim(slot layout.Slot) victim {
	return victim{g.size(slot.Kernel()) + g.size(slot.Initrd()), func() error {
		change := grubEnv{stateVar(slot): ""}
		if trial, ok := g.env.slot(layout.SlotVarTrial); ok && trial == slot {
			change[layout.SlotVarTrial], change[layout.SlotVarTries] = "", ""
		}
		if err := g.setEnv(g.shelf, change); err != nil {
			return err
		}
		delete(g.slots, slot)
		return g.emptySlot(slot)
	}}
}
