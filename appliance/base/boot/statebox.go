// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"understudy/appliance/layout"
)

// openState gets /state mounted: after the steps of the first boot if this is
// one, and as an empty place in memory if the real one cannot be had. readSeed
// is called once, at the first moment at which the seed is needed.
func (s *supervisor) openState(ctx context.Context, readSeed func()) {
	err := s.checkRecord()
	if err == nil && !firstBootDone(s.meta.record().FirstBoot) {
		s.report.FirstBoot = true
		readSeed()
		start := time.Now()
		err = runFirstBoot(ctx, (*box)(s), s.con.say)
		s.done("first boot", start, err)
		if err != nil && s.mounted {
			// All that is missing is room; the next boot tries again.
			s.note(err)
			err = nil
		}
	}
	if err == nil {
		err = s.mountReal(ctx)
	}
	if !s.report.FirstBoot {
		readSeed()
	}
	s.report.Serial = knownSerial(sysDir, s.report.Seed.Serial)
	s.report.Profile = s.report.Seed.Profile
	if s.meta != nil {
		s.noteMeta(s.meta.keepProfile(s.report.Seed.Profile))
		rec := s.meta.record()
		s.report.Profile = cmp.Or(s.report.Profile, rec.Profile)
		s.report.Serial, s.report.GUID = cmp.Or(rec.Serial, s.report.Serial), rec.GUID
		s.report.Identity = rec.Identity
		if n := len(rec.Boots); n > 0 {
			s.report.Previous = rec.Boots[n-1]
		}
	}
	if err != nil {
		s.loseState(err)
		return
	}
	result := &s.report.State
	rec := s.meta.record()
	result.OK, result.Encrypted, result.Protected, result.InUse = true, true, rec.KeyProtected, rec.InUse
	s.con.say("state ready")
}

// checkRecord decides whether the record can be trusted with what follows. A
// damaged copy is repaired; if it cannot be, the other one still holds the key.
func (s *supervisor) checkRecord() error {
	switch {
	case s.disk == nil || s.meta == nil:
		return s.noDisk()
	case !s.meta.known():
		return s.checkUnknown()
	}
	repaired, err := s.meta.repair()
	if err != nil && s.meta.lost() {
		return fmt.Errorf("repairing the meta record: %w", err)
	}
	if err != nil {
		s.note(fmt.Errorf("repairing the meta record: %w", err))
		return nil
	}
	s.addRepaired(repaired)
	return nil
}

// noDisk wraps errNoDisk. One that is there and cannot be used is named.
func (s *supervisor) noDisk() error {
	if s.diskErr == nil || errors.Is(s.diskErr, errNoDisk) {
		return errNoDisk
	}
	return fmt.Errorf("%w that can be used: %w", errNoDisk, s.diskErr)
}

// checkUnknown decides whether a box without a record may begin anew: if
// nothing was ever written with a key. The power may have gone in the middle of
// the first write to the record.
func (s *supervisor) checkUnknown() error {
	used, err := written(s.disk.state)
	switch {
	case err != nil:
		return err
	case used && s.meta.blank():
		return errors.New("the key of the state is lost: the record that held it was erased")
	case used:
		return fmt.Errorf("the key of the state is lost: %s", s.meta.problem())
	}
	return nil
}

// mountReal opens, checks, mounts and grows the state, each unless that has
// been done.
func (s *supervisor) mountReal(ctx context.Context) error {
	if s.mounted {
		return nil
	}
	start := time.Now()
	rec := s.meta.record()
	if len(rec.Key) == 0 {
		return errors.New("the key of the state is lost: the record does not hold it")
	}
	if err := growTable(s.disk.path, sectors(sysDir, s.disk.name)*layout.SectorSize); err != nil {
		s.note(err)
	}
	if err := openCrypt(s.disk.state, rec.Key); err != nil {
		return err
	}
	s.done("crypt", start, nil)
	start = time.Now()
	s.feed.allow(fsckLimit)
	repaired, err := checkState(ctx, s.procs.runFsck)
	s.feed.allow(s.grace())
	s.done("fsck", start, err)
	if err != nil {
		return fmt.Errorf("the file system of the state is damaged beyond repair, or its key is wrong: %w", err)
	}
	s.addRepaired(repaired)
	start = time.Now()
	if err := mountState(); err != nil {
		return fmt.Errorf("the file system of the state cannot be used: %w", err)
	}
	s.mounted = true
	s.done("mount", start, nil)
	start = time.Now()
	err = growState()
	s.done("fill", start, err)
	return nil
}

func (s *supervisor) addRepaired(what string) {
	if what == "" {
		return
	}
	s.con.say("%s", what)
	if r := &s.report.State.Repaired; *r == "" {
		*r = what
	} else {
		*r += " " + what
	}
}

// loseState puts an empty place in memory where the state should be, so that
// there is a page which says what is lost and offers a new beginning.
func (s *supervisor) loseState(err error) {
	s.report.State.Lost, s.report.State.NoDisk = sentence(err), errors.Is(err, errNoDisk)
	s.con.say("state lost: %v", err)
	closeCrypt()
	if err := lostState.do(); err != nil {
		s.note(err)
	}
}

// box is the supervisor as the steps of the first boot work on it.
type box supervisor

func (b *box) finished() string { return b.meta.record().FirstBoot }

func (b *box) finish(step string) error {
	return b.meta.update(func(r *layout.Meta) { r.FirstBoot = step })
}

func (b *box) makeKey() error { return b.meta.makeKey() }

func (b *box) growTable() error {
	return growTable(b.disk.path, sectors(sysDir, b.disk.name)*layout.SectorSize)
}

func (b *box) makeIdentity() error {
	return b.meta.makeIdentity(cmp.Or(knownSerial(sysDir, b.report.Seed.Serial), newSerial()))
}

func (b *box) writeTemplate(ctx context.Context) error {
	if err := openCrypt(b.disk.state, b.meta.record().Key); err != nil {
		return err
	}
	return writeTemplate(ctx, layout.PathStateTemplate, cryptNode)
}

func (b *box) growState(ctx context.Context) error {
	if err := (*supervisor)(b).mountReal(ctx); err != nil {
		return err
	}
	return growState()
}
