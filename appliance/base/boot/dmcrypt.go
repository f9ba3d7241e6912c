// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"understudy/appliance/layout"
)

// The state partition is encrypted by the kernel's device mapper: plain
// aes-xts-plain64 with a key of 64 bytes and sectors of 4 KiB, no header.
// Discards are not passed on, so that the disk does not learn which blocks are
// in use. What the table says is the format on disk and can never change.
const (
	cryptName   = "state"
	cryptUUID   = "CRYPT-PLAIN-understudy-state"
	cryptNode   = "/dev/mapper/" + cryptName
	cryptSector = 4096
	dmControl   = "/dev/mapper/control"
)

// cryptTable is the parameter line of the crypt target over a whole device.
func cryptTable(device string, key []byte) []byte {
	b := []byte("aes-xts-plain64 ")
	b = hex.AppendEncode(b, key)
	return append(b, " 0 "+device+" 0 1 sector_size:4096\x00"...)
}

// openCrypt makes cryptNode out of a partition. If it is there already it is
// left as it is.
func openCrypt(device string, key []byte) error {
	if len(key) != layout.KeySize {
		return fmt.Errorf("opening the encrypted state: key of %d bytes, want %d", len(key), layout.KeySize)
	}
	size, err := deviceSize(device)
	if err != nil {
		return fmt.Errorf("opening the encrypted state: %w", err)
	}
	control, err := os.OpenFile(dmControl, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("opening the encrypted state: %w", err)
	}
	defer control.Close()

	head, err := dmCall(control, unix.DM_DEV_CREATE, 0, nil)
	if errors.Is(err, unix.EBUSY) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("making the device for the encrypted state: %w", err)
	}
	if err := loadCrypt(control, device, size, key); err != nil {
		dmCall(control, unix.DM_DEV_REMOVE, 0, nil)
		return err
	}
	// There is no udev that would do it.
	os.Remove(cryptNode)
	if err := unix.Mknod(cryptNode, unix.S_IFBLK|0o600, int(head.Dev)); err != nil {
		return fmt.Errorf("making %s: %w", cryptNode, err)
	}
	return nil
}

func loadCrypt(control *os.File, device string, size int64, key []byte) error {
	params := cryptTable(device, key)
	defer clear(params)
	target := unix.DmTargetSpec{Length: uint64(size / cryptSector * (cryptSector / layout.SectorSize))}
	copy(target.Target_type[:], "crypt")

	head := int(unsafe.Sizeof(target))
	payload := make([]byte, (head+len(params)+7)/8*8)
	defer clear(payload)
	target.Next = uint32(len(payload))
	copy(payload, unsafe.Slice((*byte)(unsafe.Pointer(&target)), head))
	copy(payload[head:], params)
	if _, err := dmCall(control, unix.DM_TABLE_LOAD, unix.DM_SECURE_DATA_FLAG, payload); err != nil {
		return fmt.Errorf("handing the kernel the key for %s: %w", device, err)
	}
	// Without the suspend flag this is a resume: the table becomes live.
	if _, err := dmCall(control, unix.DM_DEV_SUSPEND, 0, nil); err != nil {
		return fmt.Errorf("starting the encrypted state: %w", err)
	}
	return nil
}

// closeCrypt takes the device away and with it the key out of the kernel's
// memory. One that is not there is no error.
func closeCrypt() error {
	control, err := os.OpenFile(dmControl, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("closing the encrypted state: %w", err)
	}
	defer control.Close()
	if _, err := dmCall(control, unix.DM_DEV_REMOVE, 0, nil); err != nil && !errors.Is(err, unix.ENXIO) {
		return fmt.Errorf("closing the encrypted state: %w", err)
	}
	os.Remove(cryptNode)
	return nil
}

// dmCall is one device mapper ioctl about cryptName. The kernel copies payload
// and wipes its copy if flags hold DM_SECURE_DATA_FLAG.
func dmCall(control *os.File, request uint, flags uint32, payload []byte) (unix.DmIoctl, error) {
	// The device mapper writes the answer where the question was, and some
	// answers are longer than an empty payload.
	const headSize = int(unsafe.Sizeof(unix.DmIoctl{}))
	buf := make([]byte, headSize+max(len(payload), 256))
	defer clear(buf)
	head := (*unix.DmIoctl)(unsafe.Pointer(&buf[0]))
	head.Version = [3]uint32{4, 0, 0}
	head.Data_size = uint32(len(buf))
	head.Data_start = uint32(headSize)
	head.Flags = flags
	copy(head.Name[:], cryptName)
	if request == unix.DM_DEV_CREATE {
		copy(head.Uuid[:], cryptUUID)
	}
	if payload != nil {
		head.Target_count = 1
		copy(buf[headSize:], payload)
	}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, control.Fd(), uintptr(request), uintptr(unsafe.Pointer(head)))
	if errno != 0 {
		return *head, errno
	}
	return *head, nil
}

// deviceSize is the size of a block device in bytes.
func deviceSize(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	size, err := f.Seek(0, 2)
	if err != nil {
		return 0, fmt.Errorf("asking for the size of %s: %w", path, err)
	}
	return size, nil
}
