// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Of the kernel's input events: struct input_event on a 64-bit machine, and
// what a pressed power button sends.
const (
	inputEventSize = 24
	eventKey       = 1
	keyPower       = 116
)

// watchPowerButtons turns the press of a power button into an orderly power
// off. A hypervisor presses it too, when it is told to shut down its guest.
func (s *supervisor) watchPowerButtons() {
	for _, path := range powerButtons(sysDir, devDir) {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		go func() {
			defer f.Close()
			if waitForPress(f) {
				s.command(command{Off, "the power button was pressed", "off"})
			}
		}()
	}
}

// powerButtons returns the device nodes of the buttons that the firmware
// describes; a machine may have two.
func powerButtons(sys, dev string) []string {
	names, _ := filepath.Glob(filepath.Join(sys, "class/input/event*/device/name"))
	var found []string
	for _, n := range names {
		if b, err := os.ReadFile(n); err == nil && strings.TrimSpace(string(b)) == "Power Button" {
			event := filepath.Base(filepath.Dir(filepath.Dir(n)))
			found = append(found, filepath.Join(dev, "input", event))
		}
	}
	return found
}

// waitForPress reads events until the button goes down, or there are no more.
func waitForPress(r io.Reader) bool {
	b := make([]byte, inputEventSize)
	for {
		if _, err := io.ReadFull(r, b); err != nil {
			return false
		}
		le := binary.LittleEndian
		if le.Uint16(b[16:]) == eventKey && le.Uint16(b[18:]) == keyPower && le.Uint32(b[20:]) == 1 {
			return true
		}
	}
}
