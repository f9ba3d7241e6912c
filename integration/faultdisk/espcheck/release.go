// SPDX-License-Identifier: Apache-2.0

package espcheck

import (
	"crypto/sha256"
	"debug/pe"
	"fmt"
	"io"
	"os"

	"understudy/appliance/layout"
)

// Release is what the files of a release must be.
type Release struct {
	ID                 string // layout.Release.ID
	UKI, Linux, Initrd [sha256.Size]byte
}

// ReadRelease reads a release from its unified kernel image.
func ReadRelease(r layout.Release, path string) (Release, error) {
	f, err := os.Open(path)
	if err != nil {
		return Release{}, err
	}
	defer f.Close()
	image, err := pe.NewFile(f)
	if err != nil {
		return Release{}, fmt.Errorf("%s: %w", path, err)
	}
	out := Release{ID: r.ID()}
	for name, sum := range map[string]*[sha256.Size]byte{layout.SectionLinux: &out.Linux, layout.SectionInitrd: &out.Initrd} {
		s := image.Section(name)
		if s == nil {
			return Release{}, fmt.Errorf("%s: section %s is missing", path, name)
		}
		if *sum, err = hash(io.LimitReader(s.Open(), int64(s.VirtualSize))); err != nil {
			return Release{}, fmt.Errorf("%s: section %s: %w", path, name, err)
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Release{}, err
	}
	out.UKI, err = hash(f)
	return out, err
}

func hash(r io.Reader) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	_, err = io.Copy(h, r)
	h.Sum(sum[:0])
	return sum, err
}
