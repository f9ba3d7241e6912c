// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"understudy/appliance/layout"
)

// grub is GRUB for BIOS with bootimg's script: two slots, and the variables
// good, trial and tries in its environment block.
type grub struct {
	esp
	cmdline string
}

func (l *grub) Running() (Entry, error) {
	s, err := l.scan()
	if err != nil {
		return Entry{}, err
	}
	slot, err := l.booted(s)
	if err != nil {
		return Entry{}, err
	}
	return l.entry(s, slot, slot), nil
}

// booted is the slot that the kernel's parameters name.
func (l *grub) booted(s *shelf) (layout.Slot, error) {
	for _, word := range strings.Fields(l.cmdline) {
		value, ok := strings.CutPrefix(word, layout.CmdlineSlot+"=")
		slot := layout.Slot(value)
		if !ok || slot != layout.SlotA && slot != layout.SlotB {
			continue
		}
		if s.slots[slot] == "" {
			return "", fmt.Errorf("%w: slot %s, which was booted, holds no known release", ErrUnknown, slot)
		}
		return slot, nil
	}
	return "", ErrUnknown
}

// good is the slot to which GRUB falls back.
func (l *grub) good(s *shelf) layout.Slot {
	if slot, ok := s.env.slot(layout.SlotVarGood); ok {
		return slot
	}
	return layout.SlotA
}

// entry describes what a slot holds.
func (l *grub) entry(s *shelf, slot, booted layout.Slot) Entry {
	e := Entry{Release: l.release(s, slot), Running: slot == booted, State: Staged}
	trial, _ := s.env.slot(layout.SlotVarTrial)
	state := s.env[stateVar(slot)]
	switch {
	case slot == l.good(s) || state == slotGood:
		e.State = Good
	case slot == trial:
		e.State = Trial
		if e.TriesLeft, _ = strconv.Atoi(s.env[layout.SlotVarTries]); e.TriesLeft == 0 && !e.Running {
			e.State = Bad
		}
	case state == slotArmed:
		e.State = Bad
	}
	return e
}

// release is what a slot says of itself.
func (l *grub) release(s *shelf, slot layout.Slot) layout.Release {
	r := releaseOf(s.slots[slot])
	if b, err := l.readSmall(slot.Release(), maxOSRelease); err == nil {
		r.Build = parseOSRelease(b)["BUILD_ID"]
	} else if of := s.imagesOf(r.ID()); len(of) > 0 {
		return l.describe(of[0])
	}
	return r
}

func (l *grub) Entries() ([]Entry, error) {
	s, booted, err := l.look()
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for slot, id := range s.slots {
		if id != "" {
			entries = append(entries, l.entry(s, slot, booted))
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return compareVersions(b.Release.ID(), a.Release.ID())
	})
	return entries, nil
}

// look is what every change begins with.
func (l *grub) look() (*shelf, layout.Slot, error) {
	s, err := l.scan()
	if err != nil {
		return nil, "", err
	}
	booted, err := l.booted(s)
	return s, booted, err
}

func (l *grub) Stage(ctx context.Context, r layout.Release, uki io.Reader, size int64, progress func(int64)) error {
	s, booted, err := l.look()
	if err != nil {
		return err
	}
	running := l.entry(s, booted, booted)
	if good := l.good(s); booted != good && running.State != Trial {
		// Both slots are taken: one by what runs, one by what should run.
		return fmt.Errorf("staging %s: the appliance runs from slot %s though slot %s is the good one: %w", r.ID(), booted, good, ErrInUse)
	}
	mirror := func() error { return l.mirror(s, running.Release.ID()) }
	return l.stage(ctx, running, s.slots[l.good(s)], mirror, &staging{release: r, bios: true}, uki, size, progress)
}

func (l *grub) Fits(size int64) error {
	s, booted, err := l.look()
	if err != nil {
		return err
	}
	return l.fits(s, l.entry(s, booted, booted), s.slots[l.good(s)], true, size)
}

func (l *grub) Arm(r layout.Release, tries int) error {
	s, booted, err := l.look()
	if err != nil {
		return err
	}
	if err := canArm(r, tries, l.entry(s, booted, booted), s.slots[l.good(s)]); err != nil {
		return err
	}
	slot, ok := s.slotOf(r.ID())
	if !ok {
		return fmt.Errorf("putting %s on trial: %w", r.ID(), ErrNotStaged)
	}
	return l.setEnv(s, grubEnv{layout.SlotVarTrial: string(slot), layout.SlotVarTries: strconv.Itoa(tries), stateVar(slot): slotArmed})
}

func (l *grub) Bless(r layout.Release) error {
	s, booted, err := l.look()
	if err != nil {
		return err
	}
	if s.slots[booted] != r.ID() {
		return fmt.Errorf("keeping %s: %w", r.ID(), ErrNotRunning)
	}
	if err := l.makeGood(s, booted); err != nil {
		return err
	}
	return l.mirror(s, r.ID())
}

// mirror makes a good release one that systemd-boot would boot, too.
func (l *grub) mirror(s *shelf, id string) error {
	n, ok, err := l.single(s, id)
	if err != nil || !ok {
		return err
	}
	return l.rename(imagePath(n), imagePath(ukiName{id: n.id, ext: extUKI}))
}

func (l *grub) Reject(r layout.Release) error {
	s, err := l.scan()
	if err != nil {
		return err
	}
	slot, ok := s.slotOf(r.ID())
	if !ok {
		return nil
	}
	if slot == l.good(s) {
		return fmt.Errorf("giving up %s: %w", r.ID(), ErrInUse)
	}
	if trial, on := s.env.slot(layout.SlotVarTrial); on && trial == slot {
		return l.setEnv(s, grubEnv{layout.SlotVarTries: "0"})
	}
	return nil
}

func (l *grub) Drop(r layout.Release) error {
	s, booted, err := l.look()
	if err != nil {
		return err
	}
	if id := r.ID(); id == s.slots[booted] || id == s.slots[l.good(s)] {
		return fmt.Errorf("removing %s: %w", id, ErrInUse)
	}
	return l.drop(s, r.ID())
}
