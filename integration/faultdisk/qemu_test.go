// SPDX-License-Identifier: Apache-2.0

package faultdisk

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const mib = 1 << 20

// serve makes a disk of noise and serves it.
func serve(t *testing.T, size int) (d *Disk, base []byte, url string) {
	t.Helper()
	base = make([]byte, size)
	rand.NewChaCha8([32]byte{1}).Read(base)
	d = New(bytes.NewReader(base), int64(size))
	dir, err := os.MkdirTemp("", "nbd") // short: a socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close(); os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	if err := d.Listen(path); err != nil {
		t.Fatal(err)
	}
	return d, base, URL(path)
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

// content is all of an image.
func content(t *testing.T, i *Image) []byte {
	t.Helper()
	b := make([]byte, i.Size())
	if _, err := i.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestQEMUReadsTheDisk(t *testing.T) {
	d, base, url := serve(t, 5*mib+3*SectorSize)
	path := filepath.Join(t.TempDir(), "copy")
	run(t, "qemu-img", "convert", "-f", "raw", "-O", "raw", url, path)
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, base) {
		t.Errorf("read %d bytes that differ, %v", len(got), err)
	}
	if n := d.Boundaries(); n != 1 {
		t.Errorf("%d boundaries on a disk that was only read", n)
	}
}

func TestQEMUWritesTheDisk(t *testing.T) {
	d, base, url := serve(t, 4*mib)
	want := bytes.Clone(base)
	fill := func(value byte, at, n int) {
		copy(want[at:at+n], bytes.Repeat([]byte{value}, n))
	}
	run(t, "qemu-io", "-f", "raw", "-t", "writeback", "-c", "write -P 0x11 0 64k", "-c", "flush", "-c", "write -P 0x22 32k 64k", "-c", "write -z 2M 1M", "-c", "flush",
		"-c", "write -f -P 0x33 512 512", "-c", "discard 3M 4k", "-c", "flush", "-c", "write -P 0x44 1M 512", url)
	var states [][]byte
	keep := func() { states = append(states, bytes.Clone(want)) }
	fill(0x11, 0, 64<<10)
	keep()
	fill(0x22, 32<<10, 64<<10)
	fill(0, 2*mib, mib)
	keep()
	fill(0x33, 512, 512)
	fill(0, 3*mib, 4<<10)
	keep()
	fill(0x44, mib, 512)
	keep()
	if n := d.Boundaries(); n < len(states) { // QEMU flushes once more when it closes the disk
		t.Fatalf("%d boundaries, want at least %d", n, len(states))
	}
	for i, state := range states {
		if !bytes.Equal(content(t, d.Replay(i, KeepAll)), state) {
			t.Errorf("boundary %d has another content", i)
		}
	}
	if !bytes.Equal(content(t, d.Replay(0, DropAll)), base) {
		t.Error("before the first flush something is on the disk")
	}
	fua := bytes.Clone(states[1])
	copy(fua[512:], bytes.Repeat([]byte{0x33}, 512))
	if !bytes.Equal(content(t, d.Replay(2, DropAll)), fua) {
		t.Error("a write with FUA did not outlast the cut, or another did")
	}
}

func TestPowerCut(t *testing.T) {
	d, base, url := serve(t, mib)
	run(t, "qemu-io", "-f", "raw", "-t", "writeback", "-c", "write -P 1 0 4k", "-c", "flush", url)
	after := d.PowerCut(DropAll)
	if err := exec.CommandContext(t.Context(), "qemu-io", "-f", "raw", "-c", "read 0 512", url).Run(); err == nil {
		t.Error("a disk without power answers")
	}
	want := append(bytes.Repeat([]byte{1}, 4096), base[4096:]...)
	if !bytes.Equal(content(t, after), want) {
		t.Error("what was flushed is not there, or more than that")
	}

	// The machine is switched on again.
	again := New(after, after.Size())
	defer again.Close()
	path := filepath.Join(t.TempDir(), "s")
	if err := again.Listen(path); err != nil {
		t.Fatal(err)
	}
	run(t, "qemu-io", "-f", "raw", "-c", "read -P 1 0 4k", URL(path))
}

func TestSave(t *testing.T) {
	d, _, url := serve(t, 2*mib)
	run(t, "qemu-io", "-f", "raw", "-c", "write -z 0 1M", "-c", "write -P 7 1M 64k", url)
	image := d.Replay(d.Boundaries()-1, KeepAll)
	path := filepath.Join(t.TempDir(), "part")
	if err := image.Save(path, 4096, mib); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, content(t, image)[4096:][:mib]) {
		t.Errorf("saved %d bytes that differ, %v", len(got), err)
	}
	if err := image.Save(path, mib, 2*mib); err == nil {
		t.Error("more than the disk was saved")
	}
}
