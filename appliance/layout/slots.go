// SPDX-License-Identifier: Apache-2.0

package layout

import "fmt"

// Release is the path of the file that says which release a slot holds: what
// stands in the section SectionOSRelease of its unified kernel image.
func (s Slot) Release() string { return "/slot-" + string(s) + "/os-release" }

// Script is the content of the slot's Config: it loads the slot's kernel.
func (s Slot) Script() []byte {
	return fmt.Appendf(nil, "linux16 %s %s %s=%s\ninitrd16 %s\n", s.Kernel(), KernelCmdline, CmdlineSlot, s, s.Initrd())
}
