// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"understudy/bootimg"
)

// keptImages is how many images of one version are kept: the newest, and those
// that a test which runs now may still have disks upon.
const keptImages = 3

// images remembers what this process has built: a test asks for the image of
// the tree as it was when the first test did.
var images struct {
	sync.Mutex
	byBase map[string]bootimg.Artifacts
}

// BuildImage builds the image of a Base version from the tree as it is now,
// once per process. It lies in a directory of its own that nothing is changed
// in later, so disks can be differences to it.
func BuildImage(ctx context.Context, base string, log func(format string, args ...any)) (bootimg.Artifacts, error) {
	images.Lock()
	defer images.Unlock()
	if a, ok := images.byBase[base]; ok {
		return a, nil
	}
	build, err := BuildDir()
	if err != nil {
		return bootimg.Artifacts{}, err
	}
	dir := filepath.Join(build, "image")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return bootimg.Artifacts{}, fmt.Errorf("build the image: %w", err)
	}
	lock, err := lockFirst(ctx, []string{filepath.Join(dir, "lock")})
	if err != nil {
		return bootimg.Artifacts{}, fmt.Errorf("build the image: wait for another build: %w", err)
	}
	defer lock.Close()
	if log == nil {
		log = func(string, ...any) {}
	}
	made, err := buildInto(ctx, dir, filepath.Join(build, "cache"), base, log)
	if err != nil {
		return bootimg.Artifacts{}, err
	}
	if images.byBase == nil {
		images.byBase = map[string]bootimg.Artifacts{}
	}
	images.byBase[base] = made
	return made, prune(dir, base)
}

// BuildImageWithSite builds an image into dir that installs a site package by
// itself at its first start: an update file's path.
func BuildImageWithSite(ctx context.Context, base, site, dir string) (bootimg.Artifacts, error) {
	build, err := BuildDir()
	if err != nil {
		return bootimg.Artifacts{}, err
	}
	cache := filepath.Join(build, "cache")
	based, err := bootimg.Compile(ctx, cache, func(string, ...any) {})
	if err != nil {
		return bootimg.Artifacts{}, err
	}
	release, err := bootimg.ReleaseFor(ctx, base)
	if err != nil {
		return bootimg.Artifacts{}, err
	}
	return bootimg.Build(ctx, bootimg.Options{CacheDir: cache, OutDir: dir, Release: release, BasedPath: based, Factory: site})
}

// buildInto compiles, builds, and puts the result in a directory named after
// what is in it.
func buildInto(ctx context.Context, dir, cache, base string, log func(string, ...any)) (a bootimg.Artifacts, err error) {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return a, fmt.Errorf("build the image: %w", err)
	}
	based, err := bootimg.Compile(ctx, cache, log)
	if err != nil {
		return a, err
	}
	release, err := bootimg.ReleaseFor(ctx, base)
	if err != nil {
		return a, err
	}
	part, err := os.MkdirTemp(dir, "part-")
	if err != nil {
		return a, fmt.Errorf("build the image: %w", err)
	}
	defer os.RemoveAll(part)
	a, err = bootimg.Build(ctx, bootimg.Options{CacheDir: cache, OutDir: part, Release: release, BasedPath: based, Log: log})
	if err != nil {
		return a, err
	}
	manifest, err := os.ReadFile(a.Manifest)
	if err != nil {
		return a, fmt.Errorf("build the image: %w", err)
	}
	final := filepath.Join(dir, fmt.Sprintf("%s-%.6x", base, sha256.Sum256(manifest)))
	now := time.Now()
	if err := os.Chtimes(final, now, now); errors.Is(err, os.ErrNotExist) {
		err = errors.Join(os.Chmod(part, 0o755), os.Rename(part, final))
		if err != nil {
			return a, fmt.Errorf("build the image: %w", err)
		}
	}
	for _, path := range []*string{&a.Raw, &a.Qcow2, &a.Kernel, &a.Initrd, &a.UKI, &a.Manifest} {
		*path = filepath.Join(final, filepath.Base(*path))
	}
	return a, nil
}

// prune removes images of a version that are older than those that are kept,
// and what builds that were killed have left.
func prune(dir, base string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("remove old images: %w", err)
	}
	var old []os.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() {
			continue
		}
		if strings.HasPrefix(e.Name(), "part-") {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		} else if strings.HasPrefix(e.Name(), base+"-") {
			old = append(old, info)
		}
	}
	slices.SortFunc(old, func(a, b os.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range old[min(keptImages, len(old)):] {
		if err := os.RemoveAll(filepath.Join(dir, info.Name())); err != nil {
			return fmt.Errorf("remove old images: %w", err)
		}
	}
	return nil
}
