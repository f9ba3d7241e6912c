// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"understudy/appliance/base/slots"
	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/layout"
	"understudy/appliance/task"
)

// TestWalk updates a box again and again, with whatever comes between: power
// cuts, a disk that fails, a program that is started again, versions that are
// unfit or say nothing. Whatever it was, in the end one of the two versions
// runs, with the configuration that belongs to it, and nothing is left over.
func TestWalk(t *testing.T) {
	seeds := uint64(6)
	if os.Getenv("UNDERSTUDY_LONG") != "" {
		seeds = 100
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := &walker{box: newBox(t, firmwares[seed%2]), r: rand.New(rand.NewPCG(seed, 7)), runs: oldBase}
			defer func() {
				if t.Failed() {
					t.Logf("it went: %s", strings.Join(w.went, "; "))
				}
			}()
			w.write("first")
			for i := 0; i < 12 && !t.Failed(); i++ {
				w.step()
				w.check()
			}
		})
	}
}

var (
	errUnfit = errors.New("its pages do not answer")
	errHangs = errors.New("nothing is heard of it")
)

// walker is a box, what must run on it and what its configuration must say.
type walker struct {
	*box
	r     *rand.Rand
	runs  layout.Release
	words string
	off   chan struct{} // closed when a power cut is due; nil: none will be
	gone  chan struct{} // closed when the machine is off
	went  []string
}

func (w *walker) log(format string, args ...any) {
	w.went = append(w.went, fmt.Sprintf(format, args...))
}

func (w *walker) write(word string) {
	w.t.Helper()
	w.mark(word)
	w.words = strings.TrimPrefix(w.words+","+word, ",")
}

func (w *walker) step() {
	w.t.Helper()
	switch n := w.r.IntN(8); n {
	case 0:
		w.log("write")
		w.write(fmt.Sprint("word ", len(w.went)))
	case 1:
		w.log("program again")
		w.stop()
		w.start(w.runs)
	case 2:
		if got := w.down(); got != w.runs.Version {
			w.t.Errorf("%s ran, now %s", w.runs.Version, got)
		}
		w.calm()
	default:
		w.update()
	}
}

// check checks what holds whenever no update is under way.
func (w *walker) check() {
	w.t.Helper()
	if live := w.tasks.Live(); len(live) != 0 {
		w.t.Errorf("tasks that have not ended: %+v", live)
	}
	if err := w.Frozen(w.t.Context()); err != nil {
		w.t.Errorf("frozen: %v", err)
	}
	if n := w.holds.Load(); n != 0 {
		w.t.Errorf("%d holds are left", n)
	}
	if Unsettled(w.Dir) {
		w.t.Error("the copy of the configuration is left")
	}
	if got := w.marks(); got != w.words {
		w.t.Errorf("the configuration is %q, want %q", got, w.words)
	}
	if e, err := w.machine.Loader().Running(); err != nil || e.Release.ID() != w.runs.ID() {
		w.t.Errorf("it runs %s, %v; want %s", e.Release.ID(), err, w.runs.ID())
	}
}

// down restarts the machine, by the switch or by the plug, and returns what
// runs then.
func (w *walker) down() string {
	w.t.Helper()
	select {
	case <-w.off:
		return w.cut()
	default:
	}
	if w.r.IntN(2) == 0 {
		return w.cut()
	}
	w.log("restart")
	w.stop()
	return w.up()
}

// cut is a power cut: what was on the disk by then is what the next start has.
func (w *walker) cut() string {
	w.t.Helper()
	w.log("cut")
	dir := w.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(w.dir)); err != nil {
		w.t.Fatal(err)
	}
	w.dir = dir
	if w.gone != nil {
		close(w.gone)
	}
	w.stop()
	return w.up()
}

// up starts the machine.
func (w *walker) up() string {
	w.t.Helper()
	for len(w.restarts) > 0 {
		<-w.restarts
	}
	w.calm()
	w.behave()
	version := w.boot()
	w.log("up with %s", version)
	return version
}

// behave decides how a trial goes, if the next start is one.
func (w *walker) behave() {
	w.fit = []error{nil, nil, errHangs, errUnfit}[w.r.IntN(4)]
	w.log("fit: %v", w.fit)
	w.trouble(4)
}

// calm takes back what was to go wrong with the boot partition.
func (w *walker) calm() { w.machine.Step, w.off, w.gone = nil, nil, nil }

// trouble says what will go wrong at one of the next changes of the boot
// partition: nothing, the disk once, or the power.
func (w *walker) trouble(steps int) {
	n := w.r.IntN(steps)
	var once sync.Once
	switch w.r.IntN(3) {
	case 0:
		w.log("at change %d the power goes", n)
		off, gone := make(chan struct{}), make(chan struct{})
		w.off, w.gone = off, gone
		w.machine.Step = func(string) error {
			if n--; n >= 0 {
				return nil
			}
			once.Do(func() { close(off) })
			<-gone
			return errors.New("the power is off")
		}
	case 1:
		w.log("at change %d the disk fails", n)
		w.machine.Step = func(string) (err error) {
			if n--; n < 0 {
				once.Do(func() { err = errDisk })
			}
			return err
		}
	}
}

// update installs a newer version and goes on until it is known which one runs.
func (w *walker) update() {
	w.t.Helper()
	to := slotstest.Release(fmt.Sprintf("5.%d.%d", len(w.went), w.r.IntN(3)))
	w.log("update to %s", to.Version)
	r, err := w.Upload(w.t.Context(), ada, bytes.NewReader(w.file(to)), false)
	if err != nil {
		w.t.Fatal(err)
	}
	w.trouble(25)
	given, _, err := w.installID(ada, r.ID, Choice{Force: true})
	if err != nil {
		w.t.Fatal(err)
	}
	before := w.words
	select {
	case <-w.off:
		w.trial(to, before, w.cut())
		return
	case <-ended(w.box, given.ID):
		w.calm()
		if end := w.end(given.ID); end.State != task.Failed || w.state().State != Failed {
			w.t.Errorf("before the restart its task is %s, it is %s", end.State, w.state().State)
		}
		return
	case <-w.restarts:
		w.calm()
	}
	if w.Frozen(w.t.Context()) == nil {
		w.t.Error("the configuration is not frozen")
	}
	if w.r.IntN(3) == 0 {
		w.log("program again")
		w.stop()
		w.start(w.runs)
		w.restart()
	}
	w.trial(to, before, w.down())
}

// trial goes on from the restart that follows an install.
func (w *walker) trial(to layout.Release, before, version string) {
	w.t.Helper()
	defer w.calm()
	for try := 1; version == to.Version; try++ {
		if try > slots.MaxTries && !w.good() {
			w.t.Fatalf("try %d of %s", try, to.Version)
		}
		if w.kept(to) {
			w.runs = to
			return
		}
		version = w.down()
	}
	w.words = before
	<-w.idle()
	if u := w.state(); version != w.runs.Version || u.State != RolledBack && u.State != Failed {
		w.t.Errorf("it runs %s, the update is %s", version, u.State)
	}
}

// kept waits until nothing more happens at a start that is a trial, and reports
// whether the new version is kept.
func (w *walker) kept(to layout.Release) bool {
	w.t.Helper()
	if w.fit == errHangs && w.r.IntN(2) == 0 {
		w.log("program again")
		w.stop()
		w.behave()
		w.start(to)
	}
	if w.fit == errHangs {
		w.write(fmt.Sprint("word ", len(w.went)))
		return false
	}
	select {
	case <-w.off:
		return false
	case <-w.restarts:
		return false
	case <-w.idle():
	}
	u := w.state()
	w.log("it is %s", u.State)
	return u.State == Good
}

// good reports whether the loader keeps what runs. It may know before the journal.
func (w *walker) good() bool {
	w.t.Helper()
	e, err := w.machine.Loader().Running()
	if err != nil {
		w.t.Fatal(err)
	}
	return e.State == slots.Good
}

// idle is closed when no task is live.
func (w *walker) idle() <-chan struct{} {
	done := make(chan struct{})
	tasks, ctx := w.tasks, w.t.Context() // of this start: another may come before this has seen the end
	go func() {
		defer close(done)
		watch := tasks.Watch(ctx)
		for len(tasks.Live()) > 0 {
			<-watch
		}
	}()
	return done
}
