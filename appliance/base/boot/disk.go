// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"understudy/appliance/layout"
)

// disk is the appliance's own disk.
type disk struct {
	name  string // as in /sys/block
	path  string // device node of the whole disk
	meta  string // device nodes of the two partitions that the boot works on
	state string
}

// errNoDisk means that no disk carries the partitions of an appliance.
var errNoDisk = errors.New("no disk carries the partitions of an appliance")

// blockDevices lists the block devices that can hold something: disks, and
// each disk's partitions after it.
func blockDevices(sys string) (disks []string, partitions map[string][]string) {
	partitions = make(map[string][]string)
	all, _ := os.ReadDir(filepath.Join(sys, "block"))
	for _, e := range all {
		name := e.Name()
		if strings.HasPrefix(name, "loop") || strings.HasPrefix(name, "ram") || strings.HasPrefix(name, "dm-") {
			continue
		}
		if sectors(sys, name) == 0 {
			continue
		}
		disks = append(disks, name)
		nodes, _ := filepath.Glob(filepath.Join(sys, "block", name, "*", "partition"))
		for _, n := range nodes {
			partitions[name] = append(partitions[name], filepath.Base(filepath.Dir(n)))
		}
	}
	return disks, partitions
}

// sectors is the size of a disk in units of 512 bytes, whatever its own
// sectors are.
func sectors(sys, name string) int64 {
	n, _ := readNumber(filepath.Join(sys, "block", name, "size"))
	return n
}

func readNumber(path string) (int64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
}

// findDisk returns the first disk with an appliance's partitions. A partition
// table of which one copy is bad is repaired on the way, and note says so. That
// the second copy cannot be repaired is in note as well: the first one will do.
func findDisk(sys, dev string) (d *disk, note string, err error) {
	disks, _ := blockDevices(sys)
	for _, name := range disks {
		path := filepath.Join(dev, name)
		table, state, err := readTable(path, sectors(sys, name)*layout.SectorSize)
		if err != nil {
			continue
		}
		if _, ok := table.Find(layout.MetaArea); !ok {
			continue
		}
		if note = state.Problem(); note != "" {
			err := repairTable(path, table, state)
			if err != nil && state.Primary != nil {
				return nil, "", err
			}
			if err != nil {
				note += " " + sentence(err)
			}
		}
		d := &disk{name: name, path: path}
		if d.meta, err = partitionNode(sys, dev, name, table, layout.MetaArea); err != nil {
			return nil, note, err
		}
		if d.state, err = partitionNode(sys, dev, name, table, layout.State); err != nil {
			return nil, note, err
		}
		return d, note, nil
	}
	return nil, "", errNoDisk
}

func readTable(path string, size int64) (layout.GPT, layout.GPTState, error) {
	f, err := os.Open(path)
	if err != nil {
		return layout.GPT{}, layout.GPTState{}, err
	}
	defer f.Close()
	return layout.ReadGPT(f, size)
}

// repairTable writes both copies from the good one. The kernel looks again if
// it has seen no partitions: it does not look at the second copy.
func repairTable(path string, table layout.GPT, was layout.GPTState) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("repairing the partition table: %w", err)
	}
	defer f.Close()
	if err := layout.WriteGPT(f, table); err != nil {
		return fmt.Errorf("repairing the partition table of %s: %w", path, err)
	}
	if was.Primary == nil {
		return nil
	}
	if err := unix.IoctlSetInt(int(f.Fd()), unix.BLKRRPART, 0); err != nil {
		return fmt.Errorf("reading the repaired partition table of %s: %w", path, err)
	}
	return nil
}

// partitionNode is the device node of a role's partition.
func partitionNode(sys, dev, name string, table layout.GPT, role layout.Role) (string, error) {
	e, ok := table.Find(role)
	if !ok {
		return "", fmt.Errorf("disk %s has no %s partition", name, role)
	}
	nodes, _ := filepath.Glob(filepath.Join(sys, "block", name, "*", "partition"))
	for _, n := range nodes {
		if number, err := readNumber(n); err == nil && number == int64(e.Index) {
			return filepath.Join(dev, filepath.Base(filepath.Dir(n))), nil
		}
	}
	return "", fmt.Errorf("the kernel does not know partition %d of disk %s", e.Index, name)
}

// growTable stretches the state partition to the disk's end and tells the
// kernel. On a disk that is full already it changes nothing.
func growTable(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("growing the partition table: %w", err)
	}
	defer f.Close()
	e, changed, err := stretchTable(f, size)
	if err != nil {
		return fmt.Errorf("growing the partition table of %s: %w", path, err)
	}
	if !changed {
		return nil
	}
	return tellKernel(f, e)
}

// stretchTable writes the table of a disk of size bytes anew if there is room
// behind the state partition, and returns that partition as it then is.
func stretchTable(f metaFile, size int64) (state layout.Entry, changed bool, err error) {
	table, _, err := layout.ReadGPT(f, size)
	if err != nil {
		return layout.Entry{}, false, err
	}
	grown, changed, err := table.Grow(size)
	if err != nil {
		return layout.Entry{}, false, err
	}
	if changed {
		err = layout.WriteGPT(f, grown)
	}
	state, _ = grown.Find(layout.State)
	return state, changed, err
}

// tellKernel gives the kernel the new size of one partition. Unlike reading
// the whole table again this works while other partitions are in use.
func tellKernel(f *os.File, e layout.Entry) error {
	part := unix.BlkpgPartition{Start: e.Offset(), Length: e.Size(), Pno: int32(e.Index)}
	arg := unix.BlkpgIoctlArg{
		Op:      unix.BLKPG_RESIZE_PARTITION,
		Datalen: int32(unsafe.Sizeof(part)),
		Data:    (*byte)(unsafe.Pointer(&part)),
	}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), unix.BLKPG, uintptr(unsafe.Pointer(&arg))); errno != 0 {
		return fmt.Errorf("telling the kernel the new size of partition %d: %w", e.Index, errno)
	}
	return nil
}
