// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"database/sql"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"understudy/appliance/task"
)

// small puts the packages of a box on a file system of its own of some bytes.
func (b *box) small(size string) {
	b.t.Helper()
	for _, name := range []string{"incoming", "packages", "downloads"} {
		if err := os.Remove(b.path(name)); err != nil {
			b.t.Fatal(err)
		}
	}
	// Renames do not cross file systems: all three lie on the same.
	at := b.t.TempDir()
	if err := unix.Mount("understudy-test", at, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "size="+size); err != nil {
		b.t.Fatalf("a small file system needs root, and is what this test is about: %v", err)
	}
	b.t.Cleanup(func() {
		if err := unix.Unmount(at, unix.MNT_DETACH); err != nil {
			b.t.Error(err)
		}
	})
	for _, name := range []string{"incoming", "packages", "downloads"} {
		if err := errors.Join(os.Mkdir(at+"/"+name, 0o700), os.Symlink(at+"/"+name, b.path(name))); err != nil {
			b.t.Fatal(err)
		}
	}
}

// files counts what lies in the places of packages.
func (b *box) files() (n int) {
	b.t.Helper()
	for _, name := range []string{"incoming", "packages", "downloads"} {
		entries, err := os.ReadDir(b.path(name) + "/")
		if err != nil {
			b.t.Fatal(err)
		}
		n += len(entries)
	}
	return n
}

// With too little room nothing is begun: a full disk could keep no reason.
func TestNothingIsBroughtWithoutRoom(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	s := b.serve()
	b.do(b.Check(t.Context(), ada))
	b.Free = func() (int64, error) { return spareSpace, nil }
	var stopped *PreflightError
	if _, err := b.bring(b.file(newBase)); !errors.As(err, &stopped) || !strings.Contains(err.Error(), "MB are free. Remove packages") {
		t.Errorf("an upload: %v", err)
	}
	if end := b.do(b.Download(t.Context(), ada, "base-4.2.1-1.pkg")); end.State != task.Failed || !strings.Contains(end.Error, "MB are free") {
		t.Errorf("a download: %+v", end)
	}
	if len(s.from) != 0 {
		t.Error("the package was asked for")
	}
	b.Free = nil
	b.ready()
}

// A disk that becomes full in the middle: the reason is said, nothing stays,
// and once there is room it works.
func TestTheDiskBecomesFull(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	b.serve()
	b.do(b.Check(t.Context(), ada))
	const name = "base-4.2.1-1.pkg"
	file := b.file(newBase)
	b.small("16k")
	b.Free = func() (int64, error) { return 1 << 30, nil } // as it was when asked
	var stopped *PreflightError
	if _, err := b.bring(file); !errors.As(err, &stopped) || !strings.Contains(err.Error(), "became full") {
		t.Errorf("an upload: %v", err)
	}
	if end := b.do(b.Download(t.Context(), ada, name)); end.State != task.Failed || !strings.Contains(end.Error, "became full") || !strings.Contains(end.NextStep, "Remove packages") {
		t.Errorf("a download: %+v", end)
	}
	if n := b.files(); n != 0 {
		t.Errorf("%d files stayed", n)
	}
	b.small("64m")
	if end := b.do(b.Download(t.Context(), ada, name)); end.State != task.Done {
		t.Errorf("with room: %+v", end)
	}
}

// The journal cannot be written: the package does not stay without its row,
// and one that was there already stays.
func TestAPackageThatCannotBeWrittenDown(t *testing.T) {
	b := newBox(t, "uefi")
	exec := func(statement string) {
		t.Helper()
		if err := b.journalDB.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(statement); return err }); err != nil {
			t.Fatal(err)
		}
	}
	const forbid = `CREATE TRIGGER forbid BEFORE INSERT ON update_ready BEGIN SELECT raise(ABORT, 'disk is full'); END`
	exec(forbid)
	file := b.file(newBase)
	if _, err := b.bring(file); err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("%v", err)
	}
	if left := b.left(); len(left) != 0 {
		t.Errorf("left over: %q", left)
	}
	exec(`DROP TRIGGER forbid`)
	r, err := b.bring(file)
	if err != nil {
		t.Fatal(err)
	}
	exec(forbid)
	if _, err := b.bring(file); err == nil {
		t.Error("written down all the same")
	}
	if left := b.left(); len(left) != 1 || !strings.Contains(left[0], r.ID) {
		t.Errorf("left over: %q", left)
	}
}

// The power goes when a package has its name and not yet its row.
func TestAPackageWithoutItsRowGoes(t *testing.T) {
	b := newBox(t, "uefi")
	r := b.ready()
	if err := os.WriteFile(b.path("packages", strings.Repeat("ab", 32)), []byte("a package"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.reboot()
	if left := b.left(); len(left) != 1 || !strings.Contains(left[0], r.ID) {
		t.Errorf("left over: %q", left)
	}
}

// What is left of a package that the server has no more does not stay.
func TestPartsOfWhatIsNotOfferedGo(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	s := b.serve()
	b.do(b.Check(t.Context(), ada))
	s.line = func(body io.Reader, _ int64) io.Reader { return io.LimitReader(body, 1000) }
	b.do(b.Download(t.Context(), ada, "base-4.2.1-1.pkg"))
	if left := b.left(); len(left) != 1 {
		t.Fatalf("parts: %q", left)
	}
	targets, _, err := b.offered(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, _ := find(targets, "site-12.2.0-1.pkg")
	s.line = nil
	s.publish(other)
	if end := b.do(b.Download(t.Context(), ada, other.Name)); end.State != task.Done {
		t.Fatalf("%+v", end)
	}
	if left := b.left(); len(left) != 1 || !strings.HasPrefix(left[0], "packages/") {
		t.Errorf("left over: %q", left)
	}
}

// Wherever an update file is cut, padded or changed, it is refused, the check
// that failed is named, and nothing stays.
func TestFilesAreRefusedAtEveryLength(t *testing.T) {
	b := newBox(t, "uefi")
	file := b.file(newBase)
	refused := func(what string, at int, file []byte) {
		t.Helper()
		_, err := b.upload(t.Context(), ada, bytes.NewReader(file), false)
		if err == nil || !strings.Contains(err.Error(), "(check: ") {
			t.Errorf("%s at %d: %v", what, at, err)
		}
		if left := b.left(); len(left) != 0 {
			t.Fatalf("%s at %d: left over: %q", what, at, left)
		}
	}
	at := []int{len(file) - 1, len(file) - 2}
	for i := range 20 { // magic, length, the first of the metadata
		at = append(at, i)
	}
	for i := 20; i < len(file); i += max(len(file)/150, 37) { // metadata, signatures, package
		at = append(at, i)
	}
	for _, i := range at {
		refused("cut", i, file[:i])
		changed := bytes.Clone(file)
		changed[i] ^= 1
		refused("changed", i, changed)
	}
	for _, n := range []int{1, 4096, 1 << 20} {
		refused("padded", n, append(bytes.Clone(file), make([]byte, n)...))
	}
	b.ready()
}
