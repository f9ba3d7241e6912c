// SPDX-License-Identifier: Apache-2.0

package layout

import "fmt"

// Release is the path of the file that says which release a slot holds: what
// stands in the section SectionOSRelease of its unified kernel image.
func (s Slot) Release() string { return "/slot-" + string(s) + "/os-release" }

// Script is the content of the slot's Config: it loads the slot's kernel, to be
// entered by its real-mode setup. Entered in protected mode, GRUB moves it byte
// by byte with all the room that it unpacks itself into, which takes an emulated
// machine seconds; on a disk of an early build there is no other way, and its
// grub.cfg does not set realmode.
func (s Slot) Script() []byte {
	kernel := fmt.Sprintf("%s %s %s=%s", s.Kernel(), KernelCmdline, CmdlineSlot, s)
	return fmt.Appendf(nil, "if [ \"$realmode\" = yes ]; then\n  linux16 %s\n  initrd16 %s\nelse\n  linux %s\n  initrd %s\nfi\n", kernel, s.Initrd(), kernel, s.Initrd())
}
