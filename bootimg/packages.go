// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Package is a Debian package from which parts of the image come.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"` // of the .deb
}

// metaKernel is the package that depends on Debian's current kernel. Debian
// drops old kernels from its archive, so a version cannot be pinned; what was
// taken is in the manifest.
const metaKernel = "linux-image-amd64"

// resolve asks apt which packages it would install now. If it cannot tell, the
// answer to the last build with this cache is good enough.
func (c cache) resolve(ctx context.Context) ([]Package, error) {
	lock := filepath.Join(c.dir, "packages.json")
	packages, err := askApt(ctx)
	if err != nil {
		b, lockErr := os.ReadFile(lock)
		if lockErr != nil {
			return nil, err
		}
		if lockErr := json.Unmarshal(b, &packages); lockErr != nil {
			return nil, errors.Join(err, fmt.Errorf("reading %s: %w", lock, lockErr))
		}
		c.log("apt does not answer (%v); taking the packages of the last build", err)
		return packages, nil
	}
	b, err := json.MarshalIndent(packages, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the cache directory: %w", err)
	}
	return packages, replaceFile(lock, append(b, '\n'))
}

var kernelDepend = regexp.MustCompile(`(?m)^Depends:.*\b(linux-image-[0-9][a-z0-9.+-]*-amd64)\b`)

func askApt(ctx context.Context) ([]Package, error) {
	out, err := run(ctx, "", nil, "apt-cache", "show", "--no-all-versions", metaKernel)
	if err != nil {
		return nil, fmt.Errorf("asking for the current kernel (apt-get update may help): %w", err)
	}
	kernel := kernelDepend.FindSubmatch(out)
	if kernel == nil {
		return nil, fmt.Errorf("%s depends on no kernel", metaKernel)
	}
	names := []string{string(kernel[1]), "systemd-boot-efi", "grub-pc-bin", "e2fsck-static"}
	out, err = run(ctx, "", nil, "apt-get", append([]string{"--print-uris", "download"}, names...)...)
	if err != nil {
		return nil, fmt.Errorf("asking for packages (apt-get update may help): %w", err)
	}
	return parseURIs(string(out), names)
}

// parseURIs reads lines of: 'uri' name_version_arch.deb size SHA256:hash.
func parseURIs(out string, names []string) ([]Package, error) {
	found := map[string]Package{}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		part := strings.Split(f[1], "_")
		hash, ok := strings.CutPrefix(f[3], "SHA256:")
		if len(part) != 3 || !ok || len(hash) != 64 {
			return nil, fmt.Errorf("apt-get --print-uris said %q: no version or SHA-256", strings.TrimSpace(line))
		}
		found[part[0]] = Package{Name: part[0], Version: strings.ReplaceAll(part[1], "%3a", ":"), SHA256: hash}
	}
	var packages []Package
	for _, n := range names {
		p, ok := found[n]
		if !ok {
			return nil, fmt.Errorf("apt has no package %s", n)
		}
		packages = append(packages, p)
	}
	return packages, nil
}

// fetch downloads a package and unpacks it, without installing it. The result
// is a directory.
func (c cache) fetch(ctx context.Context, p Package) (string, error) {
	return c.step(p.Name, []string{"deb", p.Name, p.Version, p.SHA256}, func(path string) error {
		dir := path + ".deb"
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		if _, err := run(ctx, dir, nil, "apt-get", "download", p.Name+"="+p.Version); err != nil {
			return err
		}
		debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
		if err != nil || len(debs) != 1 {
			return fmt.Errorf("apt-get download left %d files", len(debs))
		}
		if got, err := hashFile(debs[0]); err != nil || got != p.SHA256 {
			return fmt.Errorf("downloaded package has SHA-256 %s, want %s (%w)", got, p.SHA256, err)
		}
		_, err = run(ctx, dir, nil, "dpkg-deb", "-x", debs[0], path)
		return err
	})
}

// replaceFile writes a file so that others see the old or the new one.
func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
