// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// watchdogDrivers are tried in turn until a list has brought up a device.
// lpc_ich and i2c_i801 only make the device that iTCO_wdt drives.
var watchdogDrivers = [][]string{
	{"i6300esb", "sp5100_tco"},
	{"lpc_ich", "iTCO_wdt"},
	{"i2c_i801", "iTCO_wdt"},
}

// softwareWatchdog is loaded when none of them found anything. It lives in the
// kernel, so it does not help against a dead kernel.
const softwareWatchdog = "softdog"

// watchdog is every watchdog device of the machine. All are opened and fed: a
// board may have one that is not wired to anything.
type watchdog struct {
	names []string

	mu    sync.Mutex
	files []*os.File
}

// openWatchdog starts the devices that are there.
func openWatchdog(dev string) *watchdog {
	w := &watchdog{}
	paths, _ := filepath.Glob(filepath.Join(dev, "watchdog[0-9]*"))
	for _, path := range paths {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			continue
		}
		name := filepath.Base(path)
		if info, err := unix.IoctlGetWatchdogInfo(int(f.Fd())); err == nil {
			name = unix.ByteSliceToString(info.Identity[:])
		}
		w.files = append(w.files, f)
		w.names = append(w.names, name)
	}
	return w
}

// String names the devices, or is empty if there are none.
func (w *watchdog) String() string { return strings.Join(w.names, ", ") }

// setTimeout sets how long the machine lives without being fed, in whole
// seconds. A device that cannot do that keeps what it had.
func (w *watchdog) setTimeout(d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	seconds := max(int(d/time.Second), 1)
	var errs []error
	for i, f := range w.files {
		if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.WDIOC_SETTIMEOUT, seconds); err != nil {
			errs = append(errs, fmt.Errorf("setting the watchdog %s to %d seconds: %w", w.names[i], seconds, err))
		}
	}
	return errors.Join(errs...)
}

// feed postpones the reset.
func (w *watchdog) feed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.files {
		unix.IoctlWatchdogKeepalive(int(f.Fd()))
	}
}

// disarm stops the devices. It is for power off alone: a restart that hangs
// should end in a reset, a machine that is off should stay off.
func (w *watchdog) disarm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.files {
		f.WriteString("V") // the magic close
		f.Close()
	}
	w.files = nil
}
