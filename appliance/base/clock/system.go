// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

var _ starter = Linux{}

// System is the clock of the machine.
type System interface {
	Now() time.Time
	// Slew moves the clock by an offset below SlewLimit, so slowly that no
	// second is skipped or repeated.
	Slew(offset time.Duration) error
	// Step moves the clock at once.
	Step(offset time.Duration) error
	// Save writes the time to the battery-backed clock.
	Save() error
}

// starter is a System that also knows how long ago the machine was started.
type starter interface{ Up() time.Duration }

// Modes of adjtimex(2); package unix does not name them.
const (
	adjSingleShot = 0x8001 // ADJ_OFFSET_SINGLESHOT: adjtime(3), microseconds
	adjSetOffset  = 0x0100 // ADJ_SETOFFSET: add to the clock
	adjNano       = 0x2000 // ADJ_NANO: the fraction is in nanoseconds
)

// Linux is the clock of the kernel. Setting it takes root.
type Linux struct{}

// Now is the kernel's time.
func (Linux) Now() time.Time { return time.Now() }

// Up is how long ago the machine was started, whatever was done to the clock
// since; 0 if the kernel does not tell.
func (Linux) Up() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// Slew moves the clock by half a millisecond a second.
func (Linux) Slew(offset time.Duration) error {
	t := unix.Timex{Modes: adjSingleShot, Offset: offset.Microseconds()}
	if _, err := unix.Adjtimex(&t); err != nil {
		return fmt.Errorf("slew the clock by %v: %w", offset, err)
	}
	return nil
}

// Step adds to the clock.
func (Linux) Step(offset time.Duration) error {
	t := unix.Timex{Modes: adjSetOffset | adjNano}
	t.Time.Sec, t.Time.Usec = parts(offset) // Usec is in nanoseconds, by adjNano
	if _, err := unix.Adjtimex(&t); err != nil {
		return fmt.Errorf("set the clock by %v: %w", offset, err)
	}
	return nil
}

// parts splits an offset as the kernel wants it: the fraction is positive also
// of a negative offset.
func parts(offset time.Duration) (seconds, nanoseconds int64) {
	seconds, nanoseconds = int64(offset/time.Second), int64(offset%time.Second)
	if nanoseconds < 0 {
		return seconds - 1, nanoseconds + int64(time.Second)
	}
	return seconds, nanoseconds
}

// Save sets /dev/rtc0. A machine without one has nothing to save to.
func (Linux) Save() error {
	f, err := os.OpenFile("/dev/rtc0", os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the hardware clock: %w", err)
	}
	defer f.Close()
	now := time.Now().UTC()
	t := unix.RTCTime{
		Sec: int32(now.Second()), Min: int32(now.Minute()), Hour: int32(now.Hour()),
		Mday: int32(now.Day()), Mon: int32(now.Month()) - 1, Year: int32(now.Year()) - 1900,
	}
	if err := unix.IoctlSetRTCTime(int(f.Fd()), &t); err != nil {
		return fmt.Errorf("set the hardware clock: %w", err)
	}
	return nil
}
