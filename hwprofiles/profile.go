// SPDX-License-Identifier: Apache-2.0

package hwprofiles

// Kinds of profiles.
const (
	Virtual  = "virtual"
	Hardware = "hardware"
)

// Profile is one model.
type Profile struct {
	Name      string   `toml:"name"`       // file name and seed entry: va-small, b300
	Model     string   `toml:"model"`      // as shown on Status > Basics
	Kind      string   `toml:"kind"`       // Virtual or Hardware
	CPUs      int      `toml:"cpus"`       // as delivered
	MemoryMiB int      `toml:"memory_mib"` // as delivered
	Disks     []Disk   `toml:"disks"`      // as the operating system sees them: a RAID set is one disk
	NICs      []NIC    `toml:"nics"`
	Firmware  []string `toml:"firmware"` // "bios", "uefi"; the usual one first
	Watchdog  string   `toml:"watchdog"` // kernel module of the hardware watchdog
	Drivers   []string `toml:"drivers"`  // kernel modules for this model's devices, without what they depend on

	Recommended Size   `toml:"recommended"` // less than this and health advises more
	Argon2      Argon2 `toml:"argon2"`
}

// Disk is a disk and the bus on which it hangs.
type Disk struct {
	Bus     string `toml:"bus"` // "virtio-blk", "virtio-scsi", "pvscsi", "ahci", "nvme"
	SizeGiB int    `toml:"size_gib"`
}

// NIC is a network card.
type NIC struct {
	Driver string `toml:"driver"` // "virtio-net", "vmxnet3", "e1000", "e1000e"
}

// Size is what a machine should have at least.
type Size struct {
	CPUs      int `toml:"cpus"`
	MemoryMiB int `toml:"memory_mib"`
	DiskGiB   int `toml:"disk_gib"`
}

// Argon2 is the cost of one password hash (argon2id): what the model can bear
// and an attacker with the hashes must pay.
type Argon2 struct {
	Time      uint32 `toml:"time"`
	MemoryKiB uint32 `toml:"memory_kib"`
	Threads   uint8  `toml:"threads"`
}
