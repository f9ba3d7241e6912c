// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"slices"
	"testing"
)

// inputEvent is an event as the kernel writes it.
func inputEvent(kind, code uint16, value uint32) []byte {
	b := make([]byte, inputEventSize)
	binary.LittleEndian.PutUint16(b[16:], kind)
	binary.LittleEndian.PutUint16(b[18:], code)
	binary.LittleEndian.PutUint32(b[20:], value)
	return b
}

func TestWaitForPress(t *testing.T) {
	const sync, sleepKey = 0, 142
	for _, c := range []struct {
		name   string
		events []byte
		want   bool
	}{
		{"nothing", nil, false},
		{"half an event", inputEvent(eventKey, keyPower, 1)[:20], false},
		{"another key", inputEvent(eventKey, sleepKey, 1), false},
		{"let go", inputEvent(eventKey, keyPower, 0), false},
		{"pressed", slices.Concat(inputEvent(sync, 0, 0), inputEvent(eventKey, keyPower, 1)), true},
	} {
		if got := waitForPress(bytes.NewReader(c.events)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestPowerButtons(t *testing.T) {
	sys := t.TempDir()
	writeFile(t, filepath.Join(sys, "class/input/event0/device/name"), "AT Translated Set 2 keyboard\n")
	writeFile(t, filepath.Join(sys, "class/input/event1/device/name"), "Power Button\n")
	if got := powerButtons(sys, "/dev"); !slices.Equal(got, []string{"/dev/input/event1"}) {
		t.Errorf("%q", got)
	}
}
