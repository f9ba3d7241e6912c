// SPDX-License-Identifier: Apache-2.0

package layout

// Product is the name from which all identifiers are derived.
const Product = "understudy"

// MiB is the unit and the alignment of all partitions, in bytes.
const MiB = 1 << 20

// A Role says what a partition is for. It is also the partition's name in the
// GPT.
type Role string

// The partitions of an appliance disk, in the order in which they lie on it.
const (
	BIOSBoot Role = "biosboot" // GRUB's core image, raw
	ESP      Role = "esp"      // EFI system partition, FAT32: loaders, kernels, grubenv
	MetaArea Role = "meta"     // two copies of the meta record, raw
	State    Role = "state"    // dm-crypt around ext4; grows to the end of the disk
)

// A Partition is what the image builder makes and the box looks for.
type Partition struct {
	Role   Role
	Type   GUID  // says what kind of content it has
	Unique GUID  // says which one it is; the box searches by this
	Size   int64 // bytes in the image; State grows at first boot
}

// Partitions lists the partitions in disk order. The first one starts at
// 1 MiB and each follows the one before it without a gap.
func Partitions() []Partition {
	return []Partition{
		{BIOSBoot, typeBIOSBoot, DeriveGUID("partition/biosboot"), 1 * MiB},
		{ESP, typeESP, DeriveGUID("partition/esp"), 512 * MiB},
		{MetaArea, DeriveGUID("type/meta"), DeriveGUID("partition/meta"), 1 * MiB},
		{State, DeriveGUID("type/state"), DeriveGUID("partition/state"), 128 * MiB},
	}
}

// PartitionFor returns the partition of a role. The zero Partition means that
// the role is unknown.
func PartitionFor(role Role) Partition {
	for _, p := range Partitions() {
		if p.Role == role {
			return p
		}
	}
	return Partition{}
}

// DiskGUID identifies a disk that carries an appliance.
func DiskGUID() GUID { return DeriveGUID("disk") }

// ImageSize is the size of the shipped disk image in bytes: the partitions
// with 1 MiB before them and 1 MiB behind them for the two GPT copies.
func ImageSize() int64 {
	size := int64(2 * MiB)
	for _, p := range Partitions() {
		size += p.Size
	}
	return size
}

// The two type GUIDs that firmware and GRUB know.
var (
	typeBIOSBoot = GUID{0x21, 0x68, 0x61, 0x48, 0x64, 0x49, 0x6e, 0x6f, 0x74, 0x4e, 0x65, 0x65, 0x64, 0x45, 0x46, 0x49}
	typeESP      = GUID{0xc1, 0x2a, 0x73, 0x28, 0xf8, 0x1f, 0x11, 0xd2, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b}
)
