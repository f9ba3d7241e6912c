// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Where the site's program runs and what belongs to it. based fills both
// places; the generations "a" and "b" take turns.
const (
	SiteRun   = "/run/understudy/site" // a tmpfs that programs may be run from: <generation>/sited
	SiteState = StatePath + "/site"    // what lasts: <generation>/data
	SiteUser  = 900                    // user and group that the program runs as
)

// SiteProcess is what the supervisor knows of the program of one generation
// since it was last started.
type SiteProcess struct {
	Running bool   `json:"running,omitempty"` // there is a process, or will be after a pause
	Crashes int    `json:"crashes,omitempty"` // deaths without being told to
	Ended   string `json:"ended,omitempty"`   // how the last process ended: "exit status 1"; empty if none has
	OK      bool   `json:"ok,omitempty"`      // it ended with status 0
	GaveUp  bool   `json:"gave-up,omitempty"` // it died so often that it stays down
}

// siteArgs is the only command line that the supervisor gives a site.
func siteArgs(generation string, migrate bool) []string {
	run, data := filepath.Join(SiteRun, generation), filepath.Join(SiteState, generation, "data")
	program := filepath.Join(run, "sited")
	if migrate {
		return []string{program, "-migrate-only", data}
	}
	return []string{program, "-data", data, "-listen", filepath.Join(run, "sock", "http"),
		"-control", filepath.Join(run, "sock", "control"), "-summary", filepath.Join(run, "summary.json")}
}

func isGeneration(s string) bool { return s == "a" || s == "b" }

// siteKeeper runs the programs of both generations. They are children of the
// supervisor, so that they outlive a crash of based.
type siteKeeper struct {
	args  func(generation string, migrate bool) []string
	user  *syscall.Credential // nil: the supervisor's, in tests
	procs func() *processes
	say   func(format string, args ...any)

	mu   sync.Mutex
	runs map[string]*siteRun
}

// siteRun is one generation since it was last started.
type siteRun struct {
	state SiteProcess
	told  chan struct{} // closed when it is to stop
	stop  func()        // closes told, once
	ended chan struct{} // closed when it stays down
	crash *crashes
}

func newSiteKeeper(s *supervisor) *siteKeeper {
	return &siteKeeper{
		args:  siteArgs,
		user:  &syscall.Credential{Uid: SiteUser, Gid: SiteUser},
		procs: func() *processes { return s.procs },
		say:   func(format string, args ...any) { s.con.say(format, args...) },
		runs:  make(map[string]*siteRun),
	}
}

var errStillRuns = errors.New("the program of this generation still runs")

// run starts a generation: to stay up, or to migrate its database and end.
// What runs already stays as it is.
func (k *siteKeeper) run(generation string, migrate bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r := k.runs[generation]; r != nil && r.state.Running {
		return errStillRuns
	}
	told := make(chan struct{})
	r := &siteRun{state: SiteProcess{Running: true}, told: told, stop: sync.OnceFunc(func() { close(told) }),
		ended: make(chan struct{}), crash: &crashes{now: time.Now}}
	k.runs[generation] = r
	go k.keep(r, generation, migrate)
	return nil
}

// stop tells a generation to end and does not wait.
func (k *siteKeeper) stop(generation string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r := k.runs[generation]; r != nil {
		r.stop()
	}
	return nil
}

func (k *siteKeeper) status(generation string) SiteProcess {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r := k.runs[generation]; r != nil {
		return r.state
	}
	return SiteProcess{}
}

// stopAll ends what runs and waits for it.
func (k *siteKeeper) stopAll() {
	k.mu.Lock()
	var all []*siteRun
	for _, r := range k.runs {
		r.stop()
		all = append(all, r)
	}
	k.mu.Unlock()
	for _, r := range all {
		<-r.ended
	}
}

// keep runs the program until it is told to end, has migrated, or died too
// often.
func (k *siteKeeper) keep(r *siteRun, generation string, migrate bool) {
	defer close(r.ended)
	for {
		how, ok := k.once(r, generation, migrate)
		select {
		case <-r.told:
			k.note(r, SiteProcess{Ended: how, OK: ok, Crashes: r.crash.count()})
			return
		default:
		}
		if migrate {
			k.say("site %s: migration ended with %s", generation, how)
			k.note(r, SiteProcess{Ended: how, OK: ok})
			return
		}
		wait, tooMany := r.crash.add()
		k.say("site %s died (%s), crashes %d", generation, how, r.crash.count())
		k.note(r, SiteProcess{Running: !tooMany, Ended: how, Crashes: r.crash.count(), GaveUp: tooMany})
		if tooMany {
			k.say("site %s died %d times within a minute and stays down", generation, crashLimit)
			return
		}
		select {
		case <-time.After(wait):
		case <-r.told:
			k.note(r, SiteProcess{Ended: how, Crashes: r.crash.count()})
			return
		}
	}
}

func (k *siteKeeper) note(r *siteRun, p SiteProcess) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r.state = p
}

// once runs the program to its end.
func (k *siteKeeper) once(r *siteRun, generation string, migrate bool) (how string, ok bool) {
	child, err := k.start(generation, migrate)
	if err != nil {
		return clipText(err.Error()), false
	}
	select {
	case <-child.done:
	case <-r.told:
		k.procs().signal(child, unix.SIGTERM)
		select {
		case <-child.done:
		case <-time.After(stopLimit):
			k.say("site %s did not end within %v and is killed", generation, stopLimit)
			k.procs().signal(child, unix.SIGKILL)
			<-child.done
		}
	}
	return child.end(), child.status.Exited() && child.status.ExitStatus() == 0
}

// start starts the program with nothing of the supervisor's: no input, an
// empty environment, and no way to more privileges than it has.
func (k *siteKeeper) start(generation string, migrate bool) (*process, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, fmt.Errorf("starting site %s: %w", generation, err)
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("starting site %s: %w", generation, err)
	}
	defer w.Close()
	child, err := k.startBare(k.args(generation, migrate), &os.ProcAttr{
		Dir: "/", Env: []string{}, Files: []*os.File{null, w, w},
		Sys: &syscall.SysProcAttr{Credential: k.user, Setsid: true},
	})
	if err != nil {
		r.Close()
		return nil, err
	}
	setOOMScore(child.pid, siteOOM)
	go k.hear(r, generation)
	return child, nil
}

// siteOOM makes the kernel take the site before it takes based.
const siteOOM = 300

// startBare starts a program that cannot gain privileges. The flag belongs to
// a thread and is inherited, so the thread ends with the goroutine.
func (k *siteKeeper) startBare(argv []string, attr *os.ProcAttr) (child *process, err error) {
	started := make(chan struct{})
	go func() {
		defer close(started)
		runtime.LockOSThread()
		if err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err == nil {
			child, err = k.procs().start(argv, attr)
		}
	}()
	<-started
	return child, err
}

// A site may say so much in a minute; the console is for the supervisor.
const (
	siteLines      = 60
	siteLineWindow = time.Minute
)

// hear shows what the program writes, within bounds.
func (k *siteKeeper) hear(r io.ReadCloser, generation string) {
	defer r.Close()
	var begun time.Time
	said, dropped := 0, 0
	for in := bufio.NewReaderSize(r, 4<<10); ; {
		line, _, err := in.ReadLine()
		if err != nil {
			return
		}
		if now := time.Now(); now.Sub(begun) >= siteLineWindow {
			if dropped > 0 {
				k.say("site %s: %d lines were dropped", generation, dropped)
			}
			begun, said, dropped = now, 0, 0
		}
		if said++; said > siteLines {
			dropped++
			continue
		}
		k.say("site %s: %s", generation, line)
	}
}

// runSite, migrateSite, stopSite and siteStatus are what the link asks for.
func (s *supervisor) runSite(generation string, migrate bool) error {
	if s.stopping.Load() {
		return errStopping
	}
	return s.sites.run(generation, migrate)
}

func (s *supervisor) stopSite(generation string) error { return s.sites.stop(generation) }

func (s *supervisor) siteStatus(generation string) SiteProcess { return s.sites.status(generation) }
