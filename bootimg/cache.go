// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// cache keeps the result of each step under a name made from everything that
// went into it. Nothing in it is ever changed, so builds may share it, and any
// part of it may be deleted.
type cache struct {
	dir string
	log func(format string, args ...any)
}

// step returns the path of a step's result: a file or a directory. If it is
// not there, make creates it at the path that it is given, which then becomes
// the result in one move.
func (c cache) step(name string, inputs []string, make func(path string) error) (string, error) {
	h := sha256.New()
	for _, in := range inputs {
		fmt.Fprintf(h, "%d:%s\n", len(in), in)
	}
	path := filepath.Join(c.dir, hex.EncodeToString(h.Sum(nil)[:8])+"-"+name)
	if _, err := os.Lstat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return "", fmt.Errorf("making the cache directory: %w", err)
	}
	dir, err := os.MkdirTemp(c.dir, "."+name+"-")
	if err != nil {
		return "", fmt.Errorf("making room for %s in the cache: %w", name, err)
	}
	defer os.RemoveAll(dir)
	start, tmp := time.Now(), filepath.Join(dir, "result")
	if err := make(tmp); err != nil {
		return "", fmt.Errorf("making %s: %w", name, err)
	}
	if err := os.Rename(tmp, path); err != nil {
		if _, other := os.Lstat(path); other != nil {
			return "", fmt.Errorf("keeping %s in the cache: %w", name, err)
		}
		// Another build was quicker; its result is the same.
	}
	c.log("%-28s %10s %8s", name, size(path), took(start))
	return path, nil
}

// prune keeps the newest results of a step whose inputs change with every
// build, and removes the others.
func (c cache) prune(name string, keep int) error {
	paths, err := filepath.Glob(filepath.Join(c.dir, "*-"+name))
	if err != nil {
		return err
	}
	age := map[string]time.Time{}
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil {
			age[p] = info.ModTime()
		}
	}
	slices.SortFunc(paths, func(a, b string) int { return age[b].Compare(age[a]) })
	for _, p := range paths[min(keep, len(paths)):] {
		if err := os.RemoveAll(p); err != nil {
			return fmt.Errorf("making room in the cache: %w", err)
		}
	}
	return nil
}

// hashFile is the SHA-256 of a file in hex.
func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("hashing %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func hashBytes(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// size is a file's size for a progress line; a directory has none.
func size(path string) string {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return ""
	}
	return fmt.Sprintf("%.1f MiB", float64(info.Size())/(1<<20))
}

func took(start time.Time) string {
	return fmt.Sprintf("%.2f s", time.Since(start).Seconds())
}
