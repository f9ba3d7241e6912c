// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"path"
	"slices"
	"strings"
	"testing"
)

func TestSlotScript(t *testing.T) {
	for _, s := range []Slot{SlotA, SlotB} {
		kernel := " " + s.Kernel() + " " + KernelCmdline + " understudy.slot=" + string(s)
		want := []string{`if [ "$realmode" = yes ]; then`, "  linux16" + kernel, "  initrd16 " + s.Initrd(), "else", "  linux" + kernel, "  initrd " + s.Initrd(), "fi", ""}
		if got := strings.Split(string(s.Script()), "\n"); !slices.Equal(got, want) {
			t.Errorf("slot %s: %q", s, got)
		}
		if path.Dir(s.Release()) != path.Dir(s.Kernel()) {
			t.Errorf("slot %s: %s", s, s.Release())
		}
	}
}
