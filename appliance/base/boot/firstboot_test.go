// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"understudy/appliance/layout"
)

// bench is a box of which the record and the partition table are real and lie
// on disks whose power can be cut; the state is a note of which key it was
// written with and how large it is.
type bench struct {
	meta       *powerFile
	table      *powerFile
	store      *metaStore
	stateKey   string
	stateGrown bool
	half       bool // the power goes in the middle of the next piece of work on the state
}

// benchDisk is small enough to be copied often: only the table is on it.
const benchDisk = 4 << 20

func newBench(t *testing.T) *bench {
	b := &bench{meta: newMetaFile(), table: newPowerFile(benchDisk)}
	state := layout.PartitionFor(layout.State)
	g := layout.GPT{DiskGUID: layout.DiskGUID(), Sectors: (benchDisk - 1<<20) / layout.SectorSize}
	g.Entries = []layout.Entry{{Index: 1, Type: state.Type, Unique: state.Unique, First: 2048, Last: 4095, Name: "state"}}
	if err := layout.WriteGPT(b.table, g); err != nil {
		t.Fatal(err)
	}
	b.boot()
	return b
}

func (b *bench) boot() { b.store = readMetaStore(b.meta) }

func (b *bench) finished() string { return b.store.record().FirstBoot }
func (b *bench) finish(step string) error {
	return b.store.update(func(r *layout.Meta) { r.FirstBoot = step })
}
func (b *bench) makeKey() error      { return b.store.makeKey() }
func (b *bench) makeIdentity() error { return b.store.makeIdentity("S1") }
func (b *bench) growTable() error {
	_, _, err := stretchTable(b.table, benchDisk)
	return err
}

func (b *bench) writeTemplate(context.Context) error {
	b.stateKey, b.stateGrown = "half", false
	if b.half {
		return errCut
	}
	b.stateKey = string(b.store.record().Key)
	return nil
}

func (b *bench) growState(context.Context) error {
	if b.stateKey != string(b.store.record().Key) {
		return errors.New("the state does not open with the key")
	}
	if b.half {
		return errCut
	}
	b.stateGrown = true
	return nil
}

// check tells what is wrong with a box whose first boot is over.
func (b *bench) check() error {
	rec := b.store.record()
	g, state, err := layout.ReadGPT(b.table, benchDisk)
	e, _ := g.Find(layout.State)
	switch {
	case err != nil:
		return err
	case state.Problem() != "":
		return errors.New(state.Problem())
	case e.Last != (benchDisk-1<<20)/layout.SectorSize-1:
		return errors.New("the state partition does not reach the end")
	case !firstBootDone(rec.FirstBoot), rec.Serial != "S1", len(rec.GUID) != 36, len(rec.Key) != layout.KeySize:
		return errors.New("the record is not complete")
	case b.stateKey != string(rec.Key):
		return errors.New("the state was not written with the key of the record")
	case !b.stateGrown:
		return errors.New("the state was not grown")
	}
	return nil
}

func run(b *bench) error {
	return runFirstBoot(context.Background(), b, func(string, ...any) {})
}

func TestFirstBootLines(t *testing.T) {
	var lines []string
	b := newBench(t)
	err := runFirstBoot(context.Background(), b, func(format string, args ...any) {
		lines = append(lines, args[0].(string))
	})
	if err != nil || b.check() != nil {
		t.Fatal(err, b.check())
	}
	var want []string
	for _, name := range FirstBootSteps() {
		want = append(want, name, name)
	}
	if !slices.Equal(lines, want) {
		t.Errorf("console named the steps %q, want %q", lines, want)
	}
	if err := run(b); err != nil || b.check() != nil {
		t.Errorf("again on a finished box: %v, %v", err, b.check())
	}
}

// TestFirstBootSurvivesCuts cuts the power at every write and every sync of a
// first boot, and again at every one of the boot after it. The third boot
// always finishes.
func TestFirstBootSurvivesCuts(t *testing.T) {
	for _, keep := range []bool{false, true} {
		for first := 0; ; first++ {
			whole := cutOnce(t, first, -1, keep)
			for second := 0; !whole && !cutOnce(t, first, second, keep); second++ {
			}
			if whole {
				break
			}
		}
	}
}

// cutOnce cuts after so many operations of the first and of the second boot,
// and reports whether the last one that was to be cut was not.
func cutOnce(t *testing.T, first, second int, keep bool) (whole bool) {
	b := newBench(t)
	for _, cut := range []int{first, second} {
		if cut < 0 {
			break
		}
		b.meta.left, b.table.left = cut, cut
		whole = run(b) == nil
		b.meta.restart(keep)
		b.table.restart(keep)
		b.boot()
	}
	if err := run(b); err != nil {
		t.Fatalf("cuts after %d and %d operations, unsynced kept %v: %v", first, second, keep, err)
	}
	if err := b.check(); err != nil {
		t.Fatalf("cuts after %d and %d operations, unsynced kept %v: %v", first, second, keep, err)
	}
	return whole
}

// A cut in the middle of the very first write to the record leaves half a copy
// and nothing else. The next boot begins anew, unless there is a state that this
// record may have had the key of.
func TestFirstRecordCut(t *testing.T) {
	for _, used := range []bool{false, true} {
		f, state := newMetaFile(), filepath.Join(t.TempDir(), "state")
		content := make([]byte, 2*blockBytes)
		if used {
			content[17] = 1
		}
		writeFile(t, state, string(content))
		f.left = 0
		if err := readMetaStore(f).makeKey(); !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		f.restart(true)
		s := newSupervisor(Options{})
		s.disk, s.meta = &disk{state: state}, readMetaStore(f)
		if err := s.checkRecord(); (err != nil) != used {
			t.Errorf("with a state %v: %v", used, err)
		}
		if err := s.meta.makeKey(); err != nil || readMetaStore(f).lost() {
			t.Errorf("with a state %v: the record cannot be written anew: %v", used, err)
		}
	}
}

func TestFirstBootCutInTheState(t *testing.T) {
	for _, upTo := range []string{"identity", "template"} {
		b := newBench(t)
		b.half = true
		if upTo == "template" {
			b.half = false
			for _, s := range firstBootSteps[:4] {
				if err := errors.Join(s.act(context.Background(), b), b.finish(s.name)); err != nil {
					t.Fatal(err)
				}
			}
			b.half = true
		}
		if err := run(b); !errors.Is(err, errCut) || b.finished() != upTo {
			t.Fatalf("cut: %v, finished %q, want %q", err, b.finished(), upTo)
		}
		b.half = false
		b.boot()
		if err := errors.Join(run(b), b.check()); err != nil {
			t.Errorf("cut behind %s: %v", upTo, err)
		}
	}
}

// TestFinishedStepsAreNotRepeated goes on behind each step.
func TestFinishedStepsAreNotRepeated(t *testing.T) {
	names := FirstBootSteps()
	for i, last := range names {
		b := newBench(t)
		if err := errors.Join(run(b), b.finish(last)); err != nil {
			t.Fatal(err)
		}
		var began []string
		err := runFirstBoot(context.Background(), b, func(format string, args ...any) {
			if strings.HasSuffix(format, "start") {
				began = append(began, args[0].(string))
			}
		})
		if err != nil || !slices.Equal(began, names[i+1:]) {
			t.Errorf("behind %s: %q, %v", last, began, err)
		}
	}
}

func TestUnknownStepTouchesNothing(t *testing.T) {
	b := newBench(t)
	if err := errors.Join(run(b), b.finish("polish")); err != nil {
		t.Fatal(err)
	}
	b.stateKey = "precious"
	if err := run(b); err == nil || b.stateKey != "precious" {
		t.Errorf("a step of another version: %v, state %q", err, b.stateKey)
	}
}

func TestFactoryResetMakesANewState(t *testing.T) {
	b := newBench(t)
	if err := run(b); err != nil {
		t.Fatal(err)
	}
	old, guid := b.stateKey, b.store.record().GUID
	if err := errors.Join(b.store.dropKey(), run(b), b.check()); err != nil {
		t.Fatal(err)
	}
	if b.stateKey == old || b.store.record().GUID != guid {
		t.Errorf("key is new: %v, GUID is the same: %v", b.stateKey != old, b.store.record().GUID == guid)
	}
}
