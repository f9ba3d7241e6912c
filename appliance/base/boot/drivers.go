// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"path/filepath"
	"sync"
	"time"

	"understudy/appliance/layout"
)

// stateDrivers are needed to open the state, each list in its order and the
// lists side by side. The kernel asks for some of them by a name that no table
// of dependencies has: a checksum, a cipher.
var stateDrivers = [][]string{
	{"crc32c_generic", "ext4"},
	{"dm_crypt"},
}

// fastCipher is all that the state's cipher needs on a processor with
// instructions for AES; plainCipher is for one without.
const fastCipher = "aesni_intel"

var plainCipher = []string{"ecb", "xts"}

// seedFirmware is the driver of QEMU's fw_cfg.
const seedFirmware = "qemu_fw_cfg"

// loadTables reads the module directory. Without it the box has what is built
// into the kernel.
func (s *supervisor) loadTables() {
	start := time.Now()
	mods, err := openModules(filepath.Join(layout.PathModules, s.report.Kernel), insertModule)
	if err != nil {
		mods = &modules{}
	}
	s.mods, s.plug = mods, newColdplug(mods, sysDir)
	s.done("driver tables", start, err)
}

// startWatchdog opens the watchdogs. A chipset may hide its own behind its
// SMBus controller; that is only looked for when nothing else was found.
func (s *supervisor) startWatchdog() {
	start := time.Now()
	for _, names := range watchdogDrivers {
		s.plug.settleClass(watchdogs(names))
		s.dog = openWatchdog(devDir)
		if s.dog.String() != "" {
			break
		}
	}
	if s.dog.String() == "" {
		s.plug.loadInOrder([]string{softwareWatchdog})
		s.dog = openWatchdog(devDir)
	}
	err := s.setTimeout(usualWatchdog)
	go s.feedWatchdog()
	s.done("watchdog", start, err)
}

func (s *supervisor) loadStateDrivers() {
	s.timed("state drivers", func() {
		var all sync.WaitGroup
		for _, names := range stateDrivers {
			all.Go(func() { s.plug.loadInOrder(names) })
		}
		all.Go(func() {
			if !s.plug.processorHas(fastCipher) || s.mods.load(fastCipher) != nil {
				s.plug.loadInOrder(plainCipher)
			}
		})
		all.Wait()
	})
}

// loadNetwork loads what makes interfaces, and where random numbers come from,
// which based waits for next.
func (s *supervisor) loadNetwork() {
	s.timed("network drivers", func() {
		s.plug.loadInOrder([]string{seedFirmware})
		s.plug.settleClass(networks)
	})
}

// preload loads what the kernel would otherwise ask modprobe for, which the
// image does not have. The list is in order: some need what was loaded before
// them without saying so.
func (s *supervisor) preload() {
	s.timed("preload", func() {
		names, err := s.mods.preload()
		if err != nil {
			s.note(err)
		}
		s.plug.loadInOrder(names)
	})
}

// loadRest loads the drivers of everything that was not waited for.
func (s *supervisor) loadRest() {
	s.preload()
	s.timed("other drivers", s.plug.settle)
}

// sayDriverProblems moves what went wrong with drivers into the report, once.
func (s *supervisor) sayDriverProblems() {
	for _, err := range s.plug.takeProblems() {
		s.note(err)
	}
}

func (s *supervisor) timed(name string, do func()) {
	start := time.Now()
	do()
	s.done(name, start, nil)
}
