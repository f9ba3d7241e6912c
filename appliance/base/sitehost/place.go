// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"understudy/appliance/basectl"
	"understudy/pkgstore/pack"
)

// unpack writes the package's program to the state partition and returns its
// hash.
func (h *Host) unpack(ctx context.Context, p Package, generation string) (hash string, err error) {
	if err := os.RemoveAll(h.state(generation)); err != nil {
		return "", fmt.Errorf("making room for the site: %w", err)
	}
	if err := h.makeDirs(h.config.State, h.state(generation), h.state(generation, "data")); err != nil {
		return "", err
	}
	f, err := os.OpenFile(h.state(generation, "program"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("unpacking the site: %w", err)
	}
	sum := sha256.New()
	err = p.Copy(ctx, pack.Program, io.MultiWriter(f, sum))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("unpacking the site: %w", err)
	}
	if err := errors.Join(syncDir(h.state(generation)), syncDir(h.config.State)); err != nil {
		return "", fmt.Errorf("unpacking the site: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// makeDirs makes directories; the last one is the site's own.
func (h *Host) makeDirs(dirs ...string) error {
	for i, dir := range dirs {
		mode := os.FileMode(0o755)
		if i == len(dirs)-1 {
			mode = 0o700
		}
		if err := os.MkdirAll(dir, mode); err != nil {
			return fmt.Errorf("making a place for the site: %w", err)
		}
	}
	return h.giveAway(dirs[len(dirs)-1])
}

// giveAway makes a file the site's own.
func (h *Host) giveAway(path string) error {
	if h.config.User < 0 {
		return nil
	}
	// The site may have put a link in its place.
	if err := os.Lchown(path, h.config.User, h.config.User); err != nil {
		return fmt.Errorf("making a place for the site: %w", err)
	}
	return nil
}

// place copies the program to where it runs and verifies what was copied: what
// is executed are the very bytes that were hashed.
func (h *Host) place(r record) error {
	if err := os.RemoveAll(h.run(r.Generation)); err != nil {
		return fmt.Errorf("making room for the site: %w", err)
	}
	if err := h.makeDirs(h.config.Run, h.run(r.Generation), h.run(r.Generation, "sock")); err != nil {
		return err
	}
	in, err := os.Open(h.state(r.Generation, "program"))
	if err != nil {
		return fmt.Errorf("copying the site's program: %w", err)
	}
	defer in.Close()
	sum := sha256.New()
	unverified := h.run(r.Generation, "unverified")
	out, err := os.OpenFile(unverified, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return fmt.Errorf("copying the site's program: %w", err)
	}
	_, err = io.Copy(io.MultiWriter(out, sum), in)
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("copying the site's program: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != r.Program {
		return errors.Join(fmt.Errorf("the installed site is damaged: its program has the hash %s and should have %s; install its package again", got, r.Program), os.Remove(unverified))
	}
	if err := os.Rename(unverified, h.run(r.Generation, "sited")); err != nil {
		return fmt.Errorf("copying the site's program: %w", err)
	}
	return errors.Join(h.writeSummary(r), h.handFirstPassword(r.Generation))
}

// KeepFirstPassword keeps the hash of the password, in PHC form, that the first
// account of a site gets which is started from now on, for longer than the seed
// may be there. A site that has accounts stays as it is.
func (h *Host) KeepFirstPassword(hash string) error {
	path := filepath.Join(h.config.State, basectl.FirstPasswordName)
	if kept, err := os.ReadFile(path); err == nil && string(kept) == hash {
		return nil // as at every start: nothing to write
	}
	err := os.MkdirAll(h.config.State, 0o755)
	if err == nil {
		err = replace(path, []byte(hash), 0o600)
	}
	if err != nil {
		return fmt.Errorf("keeping the site's first password: %w", err)
	}
	return nil
}

// handFirstPassword gives the site's program, and nobody else, the hash that is
// kept for it.
func (h *Host) handFirstPassword(generation string) error {
	hash, err := os.ReadFile(filepath.Join(h.config.State, basectl.FirstPasswordName))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	path := h.run(generation, basectl.FirstPasswordName)
	if err == nil {
		err = replace(path, hash, 0o400)
	}
	if err != nil {
		return fmt.Errorf("handing the site its first password: %w", err)
	}
	return h.giveAway(path)
}

// writeSummary tells the program what it is.
func (h *Host) writeSummary(r record) error {
	b, err := json.Marshal(r.Summary)
	if err == nil {
		err = replace(h.run(r.Generation, "summary.json"), b, 0o644)
	}
	if err != nil {
		return fmt.Errorf("writing the package's summary: %w", err)
	}
	return nil
}

// discard removes what there is of a generation.
func (h *Host) discard(generation string) error {
	return errors.Join(os.RemoveAll(h.run(generation)), os.RemoveAll(h.state(generation)))
}

// openOwn opens a file that the site's program wrote, and nothing that it may
// have put in its place to be given what is not its own.
func (h *Host) openOwn(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	var s unix.Stat_t
	err = unix.Fstat(int(f.Fd()), &s)
	if err == nil && (s.Mode&unix.S_IFMT != unix.S_IFREG || s.Nlink != 1 || h.config.User >= 0 && int(s.Uid) != h.config.User) {
		err = fmt.Errorf("%s is no file of the site's own", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// dropCopy removes the copy of the database, whole or not, that the site has
// made for an installation which was cut off: it takes as much room as the
// database, and the next one might be refused for the want of it.
func (h *Host) dropCopy(generation string) error {
	left, err := filepath.Glob(h.state(generation, "data", basectl.CopyName+"*"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		return fmt.Errorf("removing what an installation has left: %w", err)
	}
	return nil
}

// databaseFiles are what a site's database is made of.
var databaseFiles = []string{"site.db", "site.db-wal"}

// copyAtRest copies the database of a site that does not run, as files: the
// new program recovers what the old one had not folded in.
func (h *Host) copyAtRest(from, to string) error {
	for _, name := range databaseFiles {
		in, err := h.openOwn(h.state(from, "data", name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("copying the database: %w", err)
		}
		path := h.state(to, "data", name)
		out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return errors.Join(fmt.Errorf("copying the database: %w", err), in.Close())
		}
		_, err = io.Copy(out, in)
		if h.config.User >= 0 {
			// The file, not its name: the directory is the site's.
			err = errors.Join(err, out.Chown(h.config.User, h.config.User))
		}
		if err = errors.Join(err, out.Sync(), out.Close(), in.Close()); err != nil {
			return fmt.Errorf("copying the database: %w", err)
		}
	}
	return syncDir(h.state(to, "data"))
}
