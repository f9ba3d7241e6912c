// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"path"
	"strings"
	"testing"
)

func TestSlotScript(t *testing.T) {
	for _, s := range []Slot{SlotA, SlotB} {
		lines := strings.Split(string(s.Script()), "\n")
		if len(lines) != 3 || !strings.HasPrefix(lines[0], "linux16 "+s.Kernel()+" console=") || !strings.HasSuffix(lines[0], " understudy.slot="+string(s)) || lines[1] != "initrd16 "+s.Initrd() {
			t.Errorf("slot %s: %q", s, lines)
		}
		if path.Dir(s.Release()) != path.Dir(s.Kernel()) {
			t.Errorf("slot %s: %s", s, s.Release())
		}
	}
}
