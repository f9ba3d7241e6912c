// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bzImage wraps a payload like Linux does: two setup sectors, then code that
// the payload lies in.
func bzImage(payload []byte) []byte {
	const before = 64
	b := make([]byte, 3*512+before)
	b[0x1f1] = 2
	copy(b[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(b[0x206:], 0x020f)
	binary.LittleEndian.PutUint32(b[0x248:], before)
	binary.LittleEndian.PutUint32(b[0x24c:], uint32(len(payload)))
	return append(append(b, payload...), "what follows"...)
}

func TestKernelIsUnpackedOnce(t *testing.T) {
	inside := bytes.Repeat([]byte("kernel "), 1000)
	xz := exec.Command("xz", "-c", "--x86", "--lzma2")
	xz.Stdin = bytes.NewReader(inside)
	packed, err := xz.Output()
	if err != nil {
		t.Fatal(err)
	}
	packed = append(packed, 0x58, 0x1b, 0, 0) // the size, as the kernel's build appends it
	path := filepath.Join(t.TempDir(), "vmlinuz")
	if err := os.WriteFile(path, bzImage(packed), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := unpackKernel(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(out)
	got, err := os.ReadFile(out)
	if err != nil || !bytes.Equal(got, inside) {
		t.Errorf("unpacked %d bytes, %v", len(got), err)
	}
	before, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unpackKernel(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(out); err != nil || !os.SameFile(before, after) {
		t.Errorf("unpacked again: %v", err)
	}
}

func TestKernelThatCannotBeUnpackedStaysAsItIs(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty": nil, "short": []byte("HdrS"), "other packing": bzImage([]byte("\x28\xb5\x2f\xfd")), "ELF": elf(nil),
	} {
		path := filepath.Join(t.TempDir(), "vmlinuz")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := unpackKernel(t.Context(), path); err != nil || out != path {
			t.Errorf("%s: %s, %v", name, out, err)
		}
	}
}

// TestSeedVolume asks blkid, which knows nothing of the library that wrote it.
func TestSeedVolume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seed.img")
	if err := MakeSeedVolume(path, []byte("hostname = \"stage\"\n")); err != nil {
		t.Fatal(err)
	}
	blkid, err := exec.Command("/usr/sbin/blkid", "-p", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, blkid)
	}
	if s := string(blkid); !strings.Contains(s, `LABEL="UNDERSTUDY"`) || !strings.Contains(s, `VERSION="FAT32"`) {
		t.Errorf("blkid sees %s", s)
	}
	b, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(b, []byte(`hostname = "stage"`)) {
		t.Errorf("the seed is not in the volume: %v", err)
	}
}

func TestDiskFormat(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "d.qcow2")
	if err := MakeDisk(t.Context(), disk, 1); err != nil {
		t.Fatal(err)
	}
	if f, err := diskFormat(disk); f != "qcow2" || err != nil {
		t.Errorf("a qcow2 disk is %s, %v", f, err)
	}
	if f, err := diskFormat(echoImage(t).Raw); f != "raw" || err != nil {
		t.Errorf("a raw disk is %s, %v", f, err)
	}
	if _, err := diskFormat("/no/such/disk"); err == nil {
		t.Error("a disk that is not there has a format")
	}
}
