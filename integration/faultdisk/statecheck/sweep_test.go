// SPDX-License-Identifier: Apache-2.0

package statecheck

import (
	"bytes"
	"crypto/aes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/xts"

	"understudy/appliance/layout"
	"understudy/integration/faultdisk"
)

var key = bytes.Repeat([]byte{1, 2}, layout.KeySize/2)

// regions of the disk that an image builder would make.
func regions() (meta, state faultdisk.Region) {
	m, _ := layout.NewGPT().Find(layout.MetaArea)
	s, _ := layout.NewGPT().Find(layout.State)
	return faultdisk.Region{Offset: m.Offset(), Size: m.Size()}, faultdisk.Region{Offset: s.Offset(), Size: s.Size()}
}

// noise is what damage looks like when it is decrypted.
const noise = "write -P 0x5a %d %d"

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

// recorded is a disk with an encrypted state, of blocks of so many bytes, and its
// key, onto which the commands of qemu-io were played after that.
func recorded(t *testing.T, block string, commands ...string) *faultdisk.Disk {
	t.Helper()
	dir, err := os.MkdirTemp("", "state") // short: a socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	meta, state := regions()
	plain, whole := filepath.Join(dir, "plain"), filepath.Join(dir, "whole")
	if err := errors.Join(os.WriteFile(plain, nil, 0o600), os.Truncate(plain, state.Size)); err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.ext4", "-q", "-b", block, plain)
	record, err := layout.Meta{Sequence: 1, Key: key}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(whole, nil, 0o600), os.Truncate(whole, layout.ImageSize())); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(whole, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(record, meta.Offset); err != nil {
		t.Fatal(err)
	}
	encrypt(t, f, plain, state.Offset)

	d := faultdisk.New(bytes.NewReader(nil), layout.ImageSize())
	t.Cleanup(d.Close)
	socket := filepath.Join(dir, "s")
	if err := d.Listen(socket); err != nil {
		t.Fatal(err)
	}
	run(t, "qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", whole, faultdisk.URL(socket))
	args := []string{"-f", "raw", "-t", "writeback"}
	for _, c := range commands {
		args = append(args, "-c", c, "-c", "flush")
	}
	run(t, "qemu-io", append(args, faultdisk.URL(socket))...)
	return d
}

// encrypt writes what is not zero of a file as dm-crypt would.
func encrypt(t *testing.T, to io.WriterAt, plain string, offset int64) {
	t.Helper()
	c, err := xts.NewCipher(aes.NewCipher, key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(b); at += 4096 {
		page := b[at:][:4096]
		if bytes.Count(page, []byte{0}) == len(page) {
			continue
		}
		c.Encrypt(page, page, uint64(at/layout.SectorSize))
		if _, err := to.WriteAt(page, offset+int64(at)); err != nil {
			t.Fatal(err)
		}
	}
}

// A run that damages one copy of the key's record, then the file system, and
// then the other copy.
func TestSweep(t *testing.T) {
	meta, state := regions()
	d := recorded(t, "4096")
	start := d.Boundaries() - 1
	d = recorded(t, "4096",
		fmt.Sprintf(noise, meta.Offset+layout.MetaOffset(1), layout.MetaSize),
		fmt.Sprintf(noise, state.Offset+4096, 256<<10), // the groups' descriptors and what follows
		fmt.Sprintf(noise, meta.Offset, layout.MetaSize),
	)
	c := Checker{Meta: meta, State: state, Dir: t.TempDir(), Key: key}
	cuts, err := c.Sweep(t.Context(), d, start, func(int) map[string]faultdisk.Policy {
		return map[string]faultdisk.Policy{"keep": faultdisk.KeepAll}
	})
	if err != nil || len(cuts) < 3 {
		t.Fatalf("%d cuts, %v", len(cuts), err)
	}
	for i, want := range []string{"", "e2fsck", "the key"} {
		if got := cuts[i].Err; want == "" && got != nil || want != "" && (got == nil || !strings.Contains(got.Error(), want)) {
			t.Errorf("cut %d: %v, want something of %q", i, got, want)
		}
	}
	if !cuts[0].Fresh || !cuts[1].Fresh || cuts[2].Fresh {
		t.Errorf("which states are like none before: %+v", cuts)
	}
	if left, err := os.ReadDir(c.Dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A superblock of which only the first sector was written is put back from a
// spare one; one that took that with it is not.
func TestTornSuperblock(t *testing.T) {
	meta, state := regions()
	const second = 1024 + 512 // the superblock's
	commands := []string{fmt.Sprintf(noise, state.Offset+second, 512)}
	// Of small blocks, or so small a file system has no spares: the one that is
	// tried begins its group 1.
	commands = append(commands, fmt.Sprintf(noise, state.Offset+8193*1024, 1024))
	d := recorded(t, "1024", commands...)
	c := Checker{Meta: meta, State: state, Dir: t.TempDir(), Key: key}
	cuts, err := c.Sweep(t.Context(), d, d.Boundaries()-1-len(commands), func(int) map[string]faultdisk.Policy {
		return map[string]faultdisk.Policy{"lose": func([]faultdisk.Write) []faultdisk.Write { return nil }}
	})
	if err != nil || len(cuts) != len(commands)+1 {
		t.Fatalf("%d cuts, %v", len(cuts), err)
	}
	if whole, torn, hopeless := cuts[0].Err, cuts[1].Err, cuts[2].Err; whole != nil || torn != nil || hopeless == nil {
		t.Errorf("before: %v; torn: %v; without a spare: %v", whole, torn, hopeless)
	}
}
