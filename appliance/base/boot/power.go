// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// stop ends everything in order and then does to the machine what the command
// says. It returns only if the kernel refuses.
func (s *supervisor) stop(based *process, c command) error {
	s.stopping.Store(true)
	s.con.say("stopping for %s: %s", c.kind, c.reason)
	// Enough for what follows; a stop that hangs ends in a reset.
	s.feed.allow(2*stopLimit + 30*time.Second)
	if based != nil {
		s.end(based)
	}
	s.sites.stopAll()
	return s.down(c)
}

// machineDown is the part of stopping that cannot be taken back. Everything
// but the supervisor is killed first, orphans included.
func (s *supervisor) machineDown(c command) error {
	unix.Kill(-1, unix.SIGKILL)
	if s.meta != nil {
		s.noteMeta(s.meta.noteOutcome(c.outcome))
	}
	unix.Sync()
	if s.mounted {
		if err := unmountState(); err != nil {
			s.con.say("%v", err)
		}
		if err := closeCrypt(); err != nil {
			s.con.say("%v", err)
		}
	}
	unix.Sync()
	how := unix.LINUX_REBOOT_CMD_RESTART
	if c.kind == Off {
		how = unix.LINUX_REBOOT_CMD_POWER_OFF
		s.dog.disarm()
	}
	s.con.say("%s now", c.kind)
	if err := unix.Reboot(how); err != nil {
		return fmt.Errorf("asking the kernel for %s: %w", c.kind, err)
	}
	select {} // the machine is going down
}

// end asks a child to end and then makes it.
func (s *supervisor) end(child *process) {
	s.procs.signal(child, unix.SIGTERM)
	select {
	case <-child.done:
		return
	case <-time.After(stopLimit):
	}
	s.con.say("based did not end within %v and is killed", stopLimit)
	s.procs.signal(child, unix.SIGKILL)
	<-child.done
}
