// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"understudy/appliance/layout"
)

// Where the kernel shows itself.
const (
	sysDir  = "/sys"
	devDir  = "/dev"
	procDir = "/proc"
)

// boot makes the machine ready for based. Nothing in it is fatal. Only what
// based cannot start without is waited for: watchdog, disk, state, network
// drivers. They are brought up side by side, because most of them wait for
// something.
func (s *supervisor) boot(ctx context.Context) {
	begun := time.Now()
	s.describe()
	s.loadTables()
	appeared := make(chan struct{}, 1)
	s.listen(appeared)

	var crypt, rest sync.WaitGroup
	rest.Go(s.startWatchdog)
	crypt.Go(s.loadStateDrivers)
	rest.Go(s.loadNetwork)
	s.openDisk(appeared)
	crypt.Wait()
	s.openState(ctx, func() {
		rest.Wait()
		s.readSeed(appeared)
	})
	s.report.Watchdog = s.dog.String()
	s.sayDriverProblems()
	s.done("root", time.Now(), sealRoot())
	s.con.leaveScreen()
	s.done("boot", begun, nil)
}

// noteBoot remembers that this boot came as far as based.
func (s *supervisor) noteBoot() {
	if s.meta == nil {
		return
	}
	s.noteMeta(s.meta.noteBoot(layout.MetaBoot{
		At: s.report.BootedAt.UTC().Truncate(time.Second), Release: s.report.Release.ID(),
		Firmware: s.report.Firmware, Outcome: "started",
	}))
}

// afterStart does what based need not wait for, and should not have to share
// the processors with while it starts.
func (s *supervisor) afterStart() {
	select {
	case <-s.well:
	case <-time.After(restLimit):
	}
	s.loadRest()
	s.watchPowerButtons()
	if s.report.Firmware == "uefi" {
		s.mods.load("efivarfs")
		if err := firmwareMount.do(); err != nil {
			s.note(err)
		}
	}
	s.sayDriverProblems()
	s.writeReport()
}

// describe fills in what the kernel knows about itself.
func (s *supervisor) describe() {
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		s.report.Kernel = unix.ByteSliceToString(u.Release[:])
	}
	_, err := os.Stat(filepath.Join(sysDir, "firmware/efi"))
	cmdline, _ := os.ReadFile(filepath.Join(procDir, "cmdline"))
	s.report.Firmware = firmware(err == nil, string(cmdline))
	if err := os.MkdirAll(filepath.Dir(ReportPath), 0o755); err != nil {
		s.note(err)
	}
}

// firmware tells how the kernel was started. GRUB names the kernel's file on
// the command line; who starts a kernel without a loader does not.
func firmware(efi bool, cmdline string) string {
	switch {
	case efi:
		return "uefi"
	case strings.Contains(cmdline, "BOOT_IMAGE="):
		return "bios"
	}
	return "direct"
}

// listen hears of devices from now on: it loads their drivers, and puts a
// token into appeared when a disk comes, or what may become one.
func (s *supervisor) listen(appeared chan<- struct{}) {
	fd, err := openUevents()
	if err != nil {
		s.note(err)
		return
	}
	go followUevents(fd, func(e uevent) {
		lost := e.action == ""
		if e.subsystem == "block" || e.subsystem == "usb" || lost {
			select {
			case appeared <- struct{}{}:
			default:
			}
		}
		switch {
		case lost:
			go s.plug.settle()
		case e.action == "add" && e.modalias != "":
			s.plug.added(e.modalias)
		}
	})
}

// openDisk waits for the appliance's disk and reads the record on it. The
// drivers that a disk may need come in stages, each only if the one before has
// brought no disk: an emulated machine takes a second for SATA alone, and has it
// even where its disk is elsewhere.
func (s *supervisor) openDisk(appeared <-chan struct{}) {
	start := time.Now()
	err := waitDisk(s.tryDisk, appeared,
		func() { s.timed("storage drivers", func() { s.plug.settleClass(storage) }) },
		func() { s.timed("SATA drivers", func() { s.plug.settleClass(sata) }) },
		s.loadRest)
	s.diskErr = err
	s.done("disk", start, err)
}

// waitDisk tries at every token in appeared, and when the drivers of a stage are
// there. To give up is to say that the state is lost, so the limit counts from
// when the drivers are there that a disk usually needs, which are all but those
// of the last stage, however slow the machine is.
func waitDisk(try func() error, appeared <-chan struct{}, stages ...func()) error {
	var loaded chan struct{}
	load := func() {
		loaded = nil
		if len(stages) == 0 {
			return
		}
		done, stage := make(chan struct{}), stages[0]
		loaded, stages = done, stages[1:]
		go func() {
			defer close(done)
			stage()
		}()
	}
	load()
	var limit <-chan time.Time
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-appeared:
		case <-loaded:
			if err := try(); err == nil {
				return nil
			}
			if load(); len(stages) == 0 && limit == nil {
				limit = time.After(diskLimit)
			}
		case <-limit:
			return err
		}
	}
}

func (s *supervisor) tryDisk() error {
	d, note, err := findDisk(sysDir, devDir)
	if err != nil {
		return err
	}
	if s.meta, err = openMeta(d.meta); err != nil {
		return err
	}
	s.disk = d
	if note != "" {
		s.note(errors.New(note))
	}
	return nil
}

// readSeed looks for a seed and applies what concerns the supervisor.
func (s *supervisor) readSeed(appeared <-chan struct{}) {
	start := time.Now()
	found := seedFromFirmware(sysDir)
	if found.source == "" {
		volume := ""
		if s.report.FirstBoot {
			s.loadRest()
			volume = waitSeedVolume(sysDir, devDir, appeared)
		} else {
			volume = findSeedVolume(sysDir, devDir)
		}
		if volume != "" {
			s.preload()
			found = seedFromVolume(volume, filepath.Join(devDir, volume))
		}
	}
	found = found.unless(s.opts.Unusable)
	s.report.Seed, s.report.SeedSource, s.report.SeedProblems = found.seed, found.source, found.problems
	for _, p := range found.problems {
		s.con.say("seed from %s: %s", found.source, p)
	}
	s.applySeed(found.seed)
	s.done("seed", start, nil)
}

func (s *supervisor) applySeed(seed layout.Seed) {
	s.health = seedDuration(seed.Test.HealthDeadline, usualHealth)
	s.feed.allow(s.grace())
	if err := s.setTimeout(seedDuration(seed.Test.WatchdogTimeout, usualWatchdog)); err != nil {
		s.note(err)
	}
	if err := setKnobs(procDir, seedDuration(seed.Test.PanicDelay, usualPanic), os.Getpid()); err != nil {
		s.note(err)
	}
}
