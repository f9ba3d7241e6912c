// SPDX-License-Identifier: Apache-2.0

package layout

// Files of the EFI system partition, as absolute slash-separated paths.
const (
	ESPLabel       = "ESP"                   // volume label of the FAT file system
	ESPLoader      = "/EFI/BOOT/BOOTX64.EFI" // systemd-boot; the firmware's default path, so no NVRAM entry is needed
	ESPLoaderConf  = "/loader/loader.conf"   // systemd-boot's configuration
	ESPLinuxDir    = "/EFI/Linux"            // unified kernel images, found by systemd-boot
	ESPGrubEnv     = "/grub/grubenv"         // GRUB's variables good, trial and tries; 1024 bytes, overwritten in place
	ESPFactorySite = "/factory/site.usupd"   // update file of the site package that comes with the appliance; may be absent
	SlotVarGood    = "good"                  // grubenv: the slot to boot when nothing is on trial
	SlotVarTrial   = "trial"                 // grubenv: the slot on trial, or empty
	SlotVarTries   = "tries"                 // grubenv: boots left for the trial: 0, 1 or 2
	CmdlineSlot    = "understudy.slot"       // kernel parameter: the slot from which GRUB booted
	SeedVolume     = "UNDERSTUDY"            // label of a FAT volume that may carry a seed
	SeedFile       = "seed.toml"             // the seed's name on that volume
	SeedFirmwareID = "opt/understudy/seed"   // the seed's name in QEMU's fw_cfg
	KernelCmdline  = "console=tty0 console=ttyS0,115200 panic=10 loglevel=4 cryptomgr.notests"
)

// A Slot is one of the two places from which GRUB boots. systemd-boot has no
// slots: there every version is a file of its own.
type Slot string

// The two slots.
const (
	SlotA Slot = "a"
	SlotB Slot = "b"
)

// Kernel, Initrd and Config are the paths of the slot's three files on the
// EFI system partition. Config is the piece of GRUB script that loads the
// other two, so that a version brings its own kernel parameters.
func (s Slot) Kernel() string { return "/slot-" + string(s) + "/vmlinuz" }

// Initrd is the path of the slot's initramfs.
func (s Slot) Initrd() string { return "/slot-" + string(s) + "/initrd" }

// Config is the path of the slot's GRUB script.
func (s Slot) Config() string { return "/slot-" + string(s) + "/boot.cfg" }

// UKIPath is the path of a release's unified kernel image on the EFI system
// partition, without a boot counter. Two trees of one version are two files.
func UKIPath(r Release) string { return ESPLinuxDir + "/" + Product + "-" + r.ID() + ".efi" }

// Sections of a unified kernel image, in the order in which they are written.
const (
	SectionOSRelease = ".osrel"   // os-release text with IMAGE_ID and IMAGE_VERSION
	SectionCmdline   = ".cmdline" // kernel parameters
	SectionUname     = ".uname"   // the kernel's release
	SectionInitrd    = ".initrd"  // initramfs: one or more cpio archives
	SectionLinux     = ".linux"   // the kernel, which is an EFI program itself
)

// Files inside the initramfs, as absolute paths.
const (
	PathInit          = "/init" // what the kernel starts
	PathBased         = "/bin/based"
	PathE2fsck        = "/sbin/e2fsck"
	PathRelease       = "/etc/understudy/release.json"
	PathStateTemplate = "/usr/share/understudy/state.ext4.zst" // empty file system, compressed; growable
	PathModules       = "/lib/modules"                         // followed by the kernel's release
	FileModulePreload = "modules.preload"                      // in the modules directory: names to load before any hardware, in order
)
