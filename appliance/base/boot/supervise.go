// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"understudy/appliance/layout"
)

// Waits that a seed may shorten for tests.
const (
	usualWatchdog = 60 * time.Second // reset after so long without food
	usualHealth   = 60 * time.Second // food for so long after a good word of based
	usualPanic    = 10 * time.Second // between a kernel panic and the restart
)

// Waits that nothing shortens.
const (
	fsckLimit = 30 * time.Minute // a damaged file system of some terabytes
	diskLimit = time.Minute      // for a disk to answer once its driver is there
	restLimit = 20 * time.Second // for based to start before the remaining drivers are loaded
	stopLimit = 10 * time.Second // for based to end when it is told to
)

// Options say what to supervise.
type Options struct {
	Program []string // based and its arguments
	// Unusable says, a sentence each, what of a well-formed seed the program
	// could not use: nothing of such a seed is applied. Nil: nothing.
	Unusable func(layout.Seed) []string
}

// supervisor is the state of the whole: one goroutine boots and then watches
// over based; the link, the watchdog and the devices have one each.
type supervisor struct {
	opts  Options
	con   *console
	procs *processes
	dog   *watchdog
	feed  *feeder
	crash *crashes
	sites *siteKeeper

	mods    *modules
	plug    *coldplug
	disk    *disk      // nil: there is none that can be used
	diskErr error      // why not
	meta    *metaStore // nil: there is none
	mounted bool       // the state is open and mounted

	mu     sync.Mutex
	report Report

	told       chan os.Signal      // Ctrl-Alt-Delete, which the kernel sends here
	after      func()              // what follows the first start of based
	down       func(command) error // ends the machine; returns only if it could not
	reportPath string

	health   time.Duration // how long a good word lasts
	timeout  atomic.Int64  // of the watchdog, a time.Duration
	started  sync.Once     // the first start of based
	well     chan struct{} // closed when based is healthy for the first time
	setWell  func()        // closes well, once
	praised  atomic.Bool   // this based has said that it is healthy
	stopping atomic.Bool
	commands chan command
}

// command is a wish to end.
type command struct {
	kind    PowerKind
	reason  string
	outcome string // for the record of past boots
}

// IsInit reports whether this program is what the kernel has started first.
func IsInit() bool { return os.Getpid() == 1 && os.Args[0] == layout.PathInit }

// Supervise boots the box, runs based and keeps it running until someone wants
// the machine to restart or to go off, which it then does. It returns only if
// even that fails. It must be the first process: that one has no other above it,
// is never killed for want of memory and gets the orphans.
func Supervise(ctx context.Context, o Options) error {
	started := time.Now()
	s := newSupervisor(o)
	s.after, s.down = s.afterStart, s.machineDown
	signal.Notify(s.told, unix.SIGINT, unix.SIGTERM)
	s.report.BootedAt = started
	mountErr := errors.Join(mountKernel(), allowSlack(procDir, timerSlack))
	s.con = openConsole()
	s.report.Release = readRelease()
	s.con.say("supervise %s", s.report.Release.ID())
	s.done("mounts", started, mountErr)

	s.procs = newProcesses()
	s.feed.allow(s.grace())
	s.boot(ctx)
	return s.watch(ctx)
}

func newSupervisor(o Options) *supervisor {
	well := make(chan struct{})
	s := &supervisor{
		opts:       o,
		con:        &console{},
		dog:        &watchdog{},
		feed:       &feeder{now: time.Now},
		crash:      &crashes{now: time.Now},
		health:     usualHealth,
		reportPath: ReportPath,
		told:       make(chan os.Signal, 1),
		after:      func() {},
		commands:   make(chan command, 1),
		well:       well,
		setWell:    sync.OnceFunc(func() { close(well) }),
	}
	s.sites = newSiteKeeper(s)
	return s
}

// grace is how long based may take until it is healthy for the first time.
func (s *supervisor) grace() time.Duration { return 3 * s.health }

// watch runs based again and again until there is a command.
func (s *supervisor) watch(ctx context.Context) error {
	var based *process
	var died <-chan struct{}
	restart := time.After(0)
	for {
		select {
		case <-restart:
			based, died = s.startBased()
			s.begun()
		case <-died:
			died = nil
			wait, tooMany := s.crash.add()
			s.con.say("based died (%s), crashes %d", based.end(), s.crash.count())
			if tooMany {
				reason := fmt.Sprintf("based died %d times within a minute", crashLimit)
				return s.stop(nil, command{Reboot, reason, "crashed"})
			}
			restart = time.After(wait)
		case c := <-s.commands:
			return s.stop(based, c)
		case <-s.told:
			return s.stop(based, command{Reboot, "asked for at the keyboard", "reboot"})
		case <-ctx.Done():
			return s.stop(based, command{Reboot, "the supervisor was told to end", "reboot"})
		}
	}
}

// begun notes the boot once based was started for the first time. A based that is
// quick says that it is healthy meanwhile: the boot is noted before that is.
func (s *supervisor) begun() {
	s.started.Do(func() {
		s.noteBoot()
		go s.after()
	})
}

// crashCount, healthy, power and factoryReset are what the link asks for.
func (s *supervisor) crashCount() int { return s.crash.count() }

func (s *supervisor) healthy() {
	s.feed.allow(s.health)
	if s.praised.CompareAndSwap(false, true) {
		s.con.say("healthy")
		s.setWell()
		s.begun()
		if s.meta != nil {
			s.noteMeta(s.meta.noteOutcome("healthy"))
			if s.mounted {
				s.noteMeta(s.meta.noteUse())
			}
		}
	}
}

func (s *supervisor) power(kind PowerKind, reason string) error {
	return s.command(command{kind, reason, string(kind)})
}

func (s *supervisor) factoryReset(reason string) error {
	if s.meta == nil {
		return errNoDisk
	}
	if s.stopping.Load() {
		return errStopping
	}
	// The key first: if the power goes now, the reset happens all the same.
	err := s.meta.dropKey()
	switch gone := len(s.meta.record().Key) == 0; {
	case err != nil && gone:
		return fmt.Errorf("destroying the key of the state: %w; a copy of it may be left, but the next start makes a new state", err)
	case err != nil:
		return fmt.Errorf("destroying the key of the state: %w", err)
	}
	// Refused if somebody has stopped the machine meanwhile: its next start makes
	// the new state as well.
	_ = s.command(command{Reboot, "factory reset: " + reason, "factory-reset"})
	return nil
}

var errStopping = fmt.Errorf("the machine is stopping already")

func (s *supervisor) command(c command) error {
	if !s.stopping.CompareAndSwap(false, true) {
		return errStopping
	}
	s.commands <- c
	return nil
}

// note keeps what went wrong for the report.
func (s *supervisor) note(err error) {
	s.con.say("%v", err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report.Notes = append(s.report.Notes, sentence(err))
}

// noteMeta says that the record could not be written. The box works on: what
// is lost is only the memory of this boot.
func (s *supervisor) noteMeta(err error) {
	if err != nil {
		s.con.say("meta record: %v", err)
	}
}

// done ends a step of the boot that began at start.
func (s *supervisor) done(name string, start time.Time, err error) {
	step := Step{Name: name, Millis: time.Since(start).Milliseconds(), At: sinceKernel().Milliseconds()}
	if err != nil {
		step.Note = sentence(err)
		s.con.say("%s: %v", name, err)
	}
	s.con.keep("%s took %d ms", name, step.Millis)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report.Steps = append(s.report.Steps, step)
}

func sinceKernel() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

func readRelease() layout.Release {
	b, err := os.ReadFile(layout.PathRelease)
	if err != nil {
		return layout.Release{}
	}
	r, err := layout.ParseRelease(b)
	if err != nil {
		return layout.Release{}
	}
	return r
}
