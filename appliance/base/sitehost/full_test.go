// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The state partition becomes full in the middle of an installation: the old
// site takes writes again, and with room the new one can follow.
func TestTheDiskBecomesFull(t *testing.T) {
	program, err := sited()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		room int64
		want string
	}{
		{"while it unpacks the program", int64(len(program)) / 2, "no space left"},
		{"while it copies the database", int64(len(program)) + 64<<10, "disk is full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBox(t)
			if err := os.Mkdir(b.programs.State, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := unix.Mount("understudy-test", b.programs.State, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=64m"); err != nil {
				t.Fatalf("a small file system needs root, and is what this test is about: %v", err)
			}
			t.Cleanup(func() {
				b.programs.KillAll()
				if err := unix.Unmount(b.programs.State, unix.MNT_DETACH); err != nil {
					t.Error(err)
				}
			})
			b.mustInstall(packaged(t, "12.1.4", ""))
			before := b.browser()
			before.post("/login/my-account/name", "display-name", "from before")
			ballast := b.fill(c.room)
			if err := b.install(packaged(t, "12.2.0", "")); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("on a full disk: %v", err)
			}
			if err := os.Truncate(ballast, 0); err != nil {
				t.Fatal(err)
			}
			if page := before.get("/login/my-account"); !strings.Contains(page, "from before") {
				t.Error("what was written before is gone")
			}
			b.runs("12.1.4")
			b.mustInstall(packaged(t, "12.2.0", ""))
			b.runs("12.2.0")
		})
	}
}

// fill leaves so many bytes free on the state's file system, and gives the file
// that takes up the rest.
func (b *box) fill(room int64) (ballast string) {
	b.t.Helper()
	var s unix.Statfs_t
	if err := unix.Statfs(b.programs.State, &s); err != nil {
		b.t.Fatal(err)
	}
	ballast = filepath.Join(b.programs.State, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		b.t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(s.Bavail)*s.Bsize-room); err != nil {
		b.t.Fatal(err)
	}
	return ballast
}
