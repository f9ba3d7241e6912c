// SPDX-License-Identifier: Apache-2.0

package statecheck

import (
	"bytes"
	"context"
	"crypto/aes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/crypto/xts"

	"understudy/appliance/layout"
	"understudy/integration/faultdisk"
)

// Checker knows where on the disk the state is.
type Checker struct {
	Meta, State faultdisk.Region
	Dir         string // for a copy, which is deleted again
	Key         []byte // that the meta partition must give
}

// Cut is one way in which the power may go.
type Cut struct {
	Point  int    // of faultdisk.Disk.Replay
	Policy string // its name
	Fresh  bool   // its state is like none before
	Err    error  // why the state cannot be used; nil if it can
}

// Sweep cuts the power at every point of a recorded run from one on, in every
// way, and returns what comes of it. A state that looks like one before is
// judged once.
func (c *Checker) Sweep(ctx context.Context, d *faultdisk.Disk, from int, policies func(point int) map[string]faultdisk.Policy) (cuts []Cut, err error) {
	cipher, err := xts.NewCipher(aes.NewCipher, c.Key)
	if err != nil {
		return nil, fmt.Errorf("the key of the state: %w", err)
	}
	mirror, err := faultdisk.NewMirror(filepath.Join(c.Dir, "state"), d, c.State, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, mirror.Close(), os.Remove(mirror.Path())) }()
	// dm-crypt's plain64 counts in sectors of 512 bytes whatever the size of
	// those it encrypts.
	mirror.Decode = func(page []byte, offset int64) { cipher.Decrypt(page, page, uint64(offset/layout.SectorSize)) }

	known := map[faultdisk.Sum]error{}
	err = d.Walk(from, []faultdisk.Region{c.State}, policies, func(left faultdisk.Left) error {
		cut := Cut{Point: left.Point, Policy: left.Policy}
		var ok bool
		if cut.Err, ok = known[left.Sums[0]]; !ok {
			if err := mirror.Show(left); err != nil {
				return err
			}
			cut.Fresh, cut.Err = true, c.check(ctx, mirror.Path())
			known[left.Sums[0]] = cut.Err
		}
		cut.Err = errors.Join(cut.Err, c.key(left))
		cuts = append(cuts, cut)
		return ctx.Err()
	})
	return cuts, err
}

// key checks that the meta partition gives the key.
func (c *Checker) key(disk io.ReaderAt) error {
	m, state := layout.ReadMeta(io.NewSectionReader(disk, c.Meta.Offset, c.Meta.Size))
	if state.Newest < 0 || !bytes.Equal(m.Key, c.Key) {
		return fmt.Errorf("the meta partition does not give the key. %s", state.Problem())
	}
	return nil
}

// check does what a start does with a file system, looks at it, and takes back
// what was done.
func (c *Checker) check(ctx context.Context, path string) error {
	undo := filepath.Join(c.Dir, "undo")
	defer os.Remove(undo)
	repaired := tool(ctx, "e2fsck", "-p", "-z", undo, path)
	if exit := (*exec.ExitError)(nil); errors.As(repaired, &exit) && exit.ExitCode() == unopened {
		return c.mend(ctx, path)
	}
	whole := tool(ctx, "e2fsck", "-fn", path)
	var back error
	if _, err := os.Stat(undo); err == nil {
		back = tool(ctx, "e2undo", "-f", undo, path)
	}
	return errors.Join(repaired, whole, back)
}

// unopened is the exit status of e2fsck when there is no file system to open:
// its superblock, two sectors long, was torn.
const unopened = 8

// mend does what a start does then, on a copy: two runs that say yes to every
// question, of which the first puts a spare superblock in place. Nothing may be
// lost by that.
func (c *Checker) mend(ctx context.Context, path string) error {
	torn := filepath.Join(c.Dir, "torn")
	defer os.Remove(torn)
	if err := tool(ctx, "cp", "--sparse=always", path, torn); err != nil {
		return err
	}
	var err error
	for range 2 {
		if err = tool(ctx, "e2fsck", "-fy", torn); err == nil {
			break
		}
	}
	if err = errors.Join(err, tool(ctx, "e2fsck", "-fn", torn)); err != nil {
		return err
	}
	found, err := exec.CommandContext(ctx, "debugfs", "-R", "ls -p /lost+found", torn).Output()
	if err != nil {
		return fmt.Errorf("look for what was lost: %w", err)
	}
	names := 0
	for line := range bytes.Lines(found) {
		if line = bytes.TrimSpace(line); len(line) > 0 && !bytes.HasPrefix(line, []byte("/0/")) { // inode 0: a free entry
			names++
		}
	}
	if names != 2 { // "." and ".."
		return fmt.Errorf("files were lost: %s", found)
	}
	return nil
}

// tool runs a program. That it has put something in order is no error of e2fsck
// -p and -fy.
func tool(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 && (args[0] == "-p" || args[0] == "-fy") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, args[0], err, out)
	}
	return nil
}
