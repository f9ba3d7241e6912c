// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"understudy/appliance/layout"
)

var errCut = errors.New("the power is gone")

// powerFile is a partition in memory whose power can be cut: after left writes
// and syncs everything fails. What was written and not synced may be lost, and
// the write that meets the cut is torn in the middle.
type powerFile struct {
	live []byte
	undo []replaced // of what is not synced, oldest first
	left int        // operations until the cut; negative: never
}

// replaced is what one write has replaced.
type replaced struct {
	off int64
	old []byte
}

func newPowerFile(size int64) *powerFile { return &powerFile{live: make([]byte, size), left: -1} }

func (p *powerFile) spend() bool {
	if p.left == 0 {
		return false
	}
	if p.left > 0 {
		p.left--
	}
	return true
}

func (p *powerFile) ReadAt(b []byte, off int64) (int, error) {
	return bytes.NewReader(p.live).ReadAt(b, off)
}

func (p *powerFile) WriteAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > int64(len(p.live)) {
		return 0, io.ErrShortWrite
	}
	p.undo = append(p.undo, replaced{off, bytes.Clone(p.live[off:][:len(b)])})
	if !p.spend() {
		copy(p.live[off:], b[:len(b)/2])
		return 0, errCut
	}
	return copy(p.live[off:], b), nil
}

func (p *powerFile) Sync() error {
	if !p.spend() {
		return errCut
	}
	p.undo = nil
	return nil
}

// restart brings the power back; keep says whether the disk had written what
// it was not asked to sync.
func (p *powerFile) restart(keep bool) {
	for ; !keep && len(p.undo) > 0; p.undo = p.undo[:len(p.undo)-1] {
		last := p.undo[len(p.undo)-1]
		copy(p.live[last.off:], last.old)
	}
	p.undo, p.left = nil, -1
}

func newMetaFile() *powerFile { return newPowerFile(layout.PartitionFor(layout.MetaArea).Size) }

func damage(p *powerFile, copy int) {
	p.live[layout.MetaOffset(copy)+100] ^= 0xff
}

func TestMetaRepair(t *testing.T) {
	for bad := range layout.MetaCopies {
		f := newMetaFile()
		if err := readMetaStore(f).makeKey(); err != nil {
			t.Fatal(err)
		}
		key := readMetaStore(f).record().Key
		damage(f, bad)

		m := readMetaStore(f)
		if m.lost() || m.blank() || !bytes.Equal(m.record().Key, key) {
			t.Fatalf("copy %d damaged: lost %v, blank %v, key kept %v", bad, m.lost(), m.blank(), bytes.Equal(m.record().Key, key))
		}
		said, err := m.repair()
		if err != nil || said == "" {
			t.Errorf("copy %d damaged: repair said %q, %v", bad, said, err)
		}
		damage(f, 1-bad) // the other one this time
		if m := readMetaStore(f); !bytes.Equal(m.record().Key, key) {
			t.Errorf("copy %d was not repaired", bad)
		}
	}
}

// A copy that cannot be written any more does not cost the state: the other
// one holds the key.
func TestMetaThatCannotBeRepaired(t *testing.T) {
	for bad := range layout.MetaCopies {
		f := newMetaFile()
		if err := readMetaStore(f).makeKey(); err != nil {
			t.Fatal(err)
		}
		key := readMetaStore(f).record().Key
		damage(f, bad)

		s := newSupervisor(Options{})
		s.disk, s.meta = &disk{}, readMetaStore(f)
		f.left = 0
		if err := s.checkRecord(); err != nil {
			t.Errorf("copy %d damaged for good: %v", bad, err)
		}
		if !bytes.Equal(s.meta.record().Key, key) {
			t.Errorf("copy %d damaged for good: the key of the other is not used", bad)
		}
		if notes := strings.Join(s.report.Notes, " "); !strings.Contains(notes, "epairing the meta record") || s.report.State.Repaired != "" {
			t.Errorf("copy %d damaged for good: notes %q, repaired %q", bad, notes, s.report.State.Repaired)
		}
	}
}

func TestMetaLostIsNotOverwritten(t *testing.T) {
	f := newMetaFile()
	if err := readMetaStore(f).makeKey(); err != nil {
		t.Fatal(err)
	}
	damage(f, 0)
	damage(f, 1)
	before := bytes.Clone(f.live)
	m := readMetaStore(f)
	if !m.lost() || m.problem() == "" {
		t.Fatalf("lost %v, problem %q", m.lost(), m.problem())
	}
	if err := errors.Join(m.noteBoot(layout.MetaBoot{Outcome: "started"}), m.noteOutcome("off")); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(before, f.live) {
		t.Error("a lost record was overwritten by a note")
	}
	if err := m.dropKey(); err != nil { // a person asked for it
		t.Fatal(err)
	}
	if m := readMetaStore(f); m.lost() || m.blank() || len(m.record().Key) != 0 {
		t.Errorf("after a factory reset: lost %v, blank %v, record %+v", m.lost(), m.blank(), m.record())
	}
}

func TestKeyIsMadeOnce(t *testing.T) {
	m := readMetaStore(newMetaFile())
	if err := m.makeKey(); err != nil {
		t.Fatal(err)
	}
	key := m.record().Key
	if err := m.makeKey(); err != nil || !bytes.Equal(m.record().Key, key) {
		t.Errorf("asked again, it is another key or %v", err)
	}
}

func TestDropKey(t *testing.T) {
	f := newMetaFile()
	m := readMetaStore(f)
	if err := errors.Join(m.makeKey(), m.makeIdentity("S1"), m.noteBoot(layout.MetaBoot{Outcome: "started"})); err != nil {
		t.Fatal(err)
	}
	old := m.record()
	if err := m.dropKey(); err != nil {
		t.Fatal(err)
	}
	// Keys lie in the record as base64: no run of it may be left anywhere.
	b, err := old.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := bytes.Cut(b, []byte(`"key":"`))
	if len(after) < 40 || len(f.undo) > 0 || bytes.Contains(f.live, after[:40]) {
		t.Error("the key can still be read")
	}
	now := readMetaStore(f).record()
	if now.Serial != "S1" || now.GUID != old.GUID || len(now.Identity) != layout.IdentitySize || !bytes.Equal(now.Identity, old.Identity) || now.FirstBoot != "" {
		t.Errorf("after a factory reset: %+v", now)
	}
	if err := m.makeKey(); err != nil || bytes.Equal(m.record().Key, old.Key) {
		t.Errorf("the new key is the old one, or %v", err)
	}
}

// What the state holds can be missed once it was used, until a factory reset
// makes a new one; the model stays what a seed once said.
func TestMetaRemembersUseAndModel(t *testing.T) {
	f := newMetaFile()
	m := readMetaStore(f)
	if err := errors.Join(m.noteUse(), m.keepProfile("b300")); err != nil || !m.blank() {
		t.Fatalf("a record was made by the way (%v)", err)
	}
	if err := errors.Join(m.makeKey(), m.noteUse(), m.keepProfile("b300"), m.keepProfile("")); err != nil {
		t.Fatal(err)
	}
	if r := readMetaStore(f).record(); !r.InUse || r.Profile != "b300" {
		t.Errorf("in use %v, model %q", r.InUse, r.Profile)
	}
	if err := m.dropKey(); err != nil {
		t.Fatal(err)
	}
	if r := readMetaStore(f).record(); r.InUse || r.Profile != "b300" {
		t.Errorf("after a factory reset: in use %v, model %q", r.InUse, r.Profile)
	}
}

func TestMetaRemembersBoots(t *testing.T) {
	m := readMetaStore(newMetaFile())
	if err := m.makeKey(); err != nil {
		t.Fatal(err)
	}
	for range 3 * keptBoots {
		if err := errors.Join(m.noteBoot(layout.MetaBoot{Release: "3.3.2-1", Outcome: "started"}), m.noteOutcome("healthy")); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.noteOutcome("off"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range m.record().Boots {
		got = append(got, b.Outcome)
	}
	if want := strings.Repeat("healthy ", keptBoots-1) + "off"; strings.Join(got, " ") != want {
		t.Errorf("boots: %q, want %q", got, want)
	}
}

// TestMetaSurvivesCuts cuts the power at every operation of a change: the next
// boot finds the record as it was or as it was to be.
func TestMetaSurvivesCuts(t *testing.T) {
	for _, keep := range []bool{false, true} {
		for cut := 0; ; cut++ {
			f := newMetaFile()
			m := readMetaStore(f)
			if err := errors.Join(m.makeKey(), m.makeIdentity("before")); err != nil {
				t.Fatal(err)
			}
			f.left = cut
			err := m.update(func(r *layout.Meta) { r.Serial = "after" })
			f.restart(keep)
			got := readMetaStore(f)
			if s := got.record().Serial; s != "after" && (s != "before" || err == nil) {
				t.Errorf("cut at operation %d, unsynced kept %v: serial is %q (update said %v)", cut, keep, s, err)
			}
			if len(got.record().Key) != layout.KeySize {
				t.Errorf("cut at operation %d, unsynced kept %v: the key is gone", cut, keep)
			}
			if err == nil {
				break
			}
		}
	}
}
