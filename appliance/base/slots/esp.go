// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// esp is the mounted EFI system partition. Paths are those of package layout:
// absolute, with slashes. Every change is on the disk when its method returns.
type esp struct {
	dir  string
	free func() (int64, error) // bytes
	step func(string) error
}

func (e esp) at(p string) string { return filepath.Join(e.dir, filepath.FromSlash(p)) }

func (e esp) exists(p string) bool {
	info, err := os.Stat(e.at(p))
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

func (e esp) size(p string) int64 {
	info, err := os.Stat(e.at(p))
	if err != nil {
		return 0
	}
	return info.Size()
}

// readSmall reads a file, and one byte more than limit if it is larger.
func (e esp) readSmall(p string, limit int64) ([]byte, error) {
	f, err := os.Open(e.at(p))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// names lists the files of a directory; one that is missing has none.
func (e esp) names(dir string) ([]string, error) {
	entries, err := os.ReadDir(e.at(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listing the boot partition: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// syncDir makes the names of a directory durable.
func (e esp) syncDir(dir string) error {
	f, err := os.Open(e.at(dir))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// makeDir makes a directory and those above it.
func (e esp) makeDir(dir string) error {
	if _, err := os.Stat(e.at(dir)); err == nil || dir == "/" {
		return err
	}
	if err := e.makeDir(path.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(e.at(dir), 0o755); err != nil {
		return err
	}
	return e.syncDir(path.Dir(dir))
}

// rename gives a file another name in its directory. There must be no file of
// that name: replacing one is not atomic on FAT.
func (e esp) rename(from, to string) error {
	if from == to {
		return nil
	}
	if _, err := os.Lstat(e.at(to)); err == nil {
		return fmt.Errorf("renaming %s to %s: %w", from, to, fs.ErrExist)
	}
	if err := e.step("rename " + from + " " + to); err != nil {
		return err
	}
	if err := os.Rename(e.at(from), e.at(to)); err != nil {
		return err
	}
	return e.syncDir(path.Dir(to))
}

// remove deletes files, in order, each for good before the next. One that is
// missing is no error.
func (e esp) remove(paths ...string) error {
	for _, p := range paths {
		if _, err := os.Lstat(e.at(p)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		err := e.step("remove " + p)
		if err == nil {
			err = os.Remove(e.at(p))
		}
		if err == nil {
			err = e.syncDir(path.Dir(p))
		}
		if err != nil {
			return fmt.Errorf("removing from the boot partition: %w", err)
		}
	}
	return nil
}

// put makes a small file.
func (e esp) put(p string, b []byte) error {
	if err := e.write(context.Background(), p+extPart, bytes.NewReader(b), int64(len(b)), nil); err != nil {
		return errors.Join(err, e.remove(p+extPart))
	}
	return e.rename(p+extPart, p)
}

// overwrite writes over a file's content without moving it on the disk.
func (e esp) overwrite(p string, b []byte) error {
	if err := e.step("overwrite " + p); err != nil {
		return err
	}
	f, err := os.OpenFile(e.at(p), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, 0)
	return errors.Join(err, f.Sync(), f.Close())
}

// pieceSize is how much is copied between two looks at the context, in bytes.
const pieceSize = 1 << 20

// write makes a file of exactly size bytes, reads it back from the disk and
// compares. After an error a part of the file may be there.
func (e esp) write(ctx context.Context, p string, r io.Reader, size int64, progress func(int64)) error {
	if err := e.step("create " + p); err != nil {
		return e.explain(err, size)
	}
	if err := e.makeDir(path.Dir(p)); err != nil {
		return e.explain(err, size)
	}
	f, err := os.OpenFile(e.at(p), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	// Against a failing disk, not against a person: whoever reads r has made
	// sure whose bytes these are.
	var wrote, back maphash.Hash
	back.SetSeed(wrote.Seed())
	n, err := copyExactly(ctx, io.MultiWriter(f, &wrote), r, size, progress)
	if err != nil {
		return e.explain(err, size-n)
	}
	if err := e.step("sync " + p); err != nil {
		return e.explain(err, 0)
	}
	if err := f.Sync(); err != nil {
		return e.explain(err, 0)
	}
	if err := readBack(ctx, &back, f); err != nil {
		return fmt.Errorf("reading back what was written to the boot partition: %w", err)
	}
	if back.Sum64() != wrote.Sum64() {
		return fmt.Errorf("the boot partition returns other bytes than were written to %s: the disk may be failing, replace it", path.Base(p))
	}
	return f.Close()
}

// copyExactly copies size bytes and makes sure that r has no more.
func copyExactly(ctx context.Context, w io.Writer, r io.Reader, size int64, progress func(int64)) (int64, error) {
	var done int64
	for done < size {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		n, err := io.CopyN(w, r, min(pieceSize, size-done))
		done += n
		if errors.Is(err, io.EOF) {
			return done, fmt.Errorf("the image ends after %d of %d bytes: %w", done, size, io.ErrUnexpectedEOF)
		}
		if err != nil {
			return done, err
		}
		if progress != nil {
			progress(done)
		}
	}
	if n, err := io.CopyN(io.Discard, r, 1); n > 0 {
		return done, fmt.Errorf("the image is longer than the %d bytes that were promised", size)
	} else if !errors.Is(err, io.EOF) {
		return done, err
	}
	return done, ctx.Err()
}

// readBack reads a file as the disk has it.
func readBack(ctx context.Context, w io.Writer, f *os.File) error {
	// Otherwise the memory would answer. Where this does nothing, as on tmpfs,
	// there is no disk either.
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = copyExactly(ctx, w, io.NewSectionReader(f, 0, info.Size()), info.Size(), nil)
	return err
}

// explain turns "no space left" into how much is missing.
func (e esp) explain(err error, missing int64) error {
	if errors.Is(err, syscall.ENOSPC) {
		return &SpaceError{Missing: max(missing, 1)}
	}
	return err
}

// freeSpace asks the kernel, in bytes.
func freeSpace(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("asking for the free space of the boot partition: %w", err)
	}
	return int64(s.Bavail) * s.Bsize, nil
}
