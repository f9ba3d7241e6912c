// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"path"

	"understudy/appliance/layout"
)

// loaderConfig is systemd-boot's: no menu, and nobody at the console changes
// the kernel's parameters.
const loaderConfig = "timeout 0\nconsole-mode keep\neditor no\nauto-firmware no\n"

// espFiles is what the EFI system partition of a fresh image holds: both
// loaders, and one release in both forms.
func espFiles(r layout.Release, p *parts, initrd, uki []byte) []espFile {
	slot := layout.SlotA
	return []espFile{
		{layout.ESPLoader, p.sdBoot},
		{layout.ESPLoaderConf, []byte(loaderConfig)},
		{layout.ESPGrubEnv, grubEnv(layout.SlotVarGood + "=" + string(slot))},
		{path.Join(path.Dir(layout.ESPGrubEnv), "grub.cfg"), grubConfig},
		{layout.UKIPath(r), uki},
		{slot.Config(), slot.Script()},
		{slot.Release(), osRelease(r)},
		{slot.Kernel(), p.kernel},
		{slot.Initrd(), initrd},
	}
}
