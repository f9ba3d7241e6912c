// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"bytes"
	"debug/pe"
	"errors"
	"fmt"
	"io"
	"strings"

	"understudy/appliance/layout"
)

const maxOSRelease = 4 << 10 // bytes of the .osrel section

// uki is a unified kernel image whose headers have been read and checked.
type uki struct {
	osText        []byte // section .osrel
	osRelease     map[string]string
	linux, initrd *io.SectionReader
}

// openUKI reads a unified kernel image of size bytes. What it holds in the
// sections of kernel and initramfs is not looked at.
func openUKI(r io.ReaderAt, size int64) (*uki, error) {
	f, err := pe.NewFile(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, fmt.Errorf("not a unified kernel image: %w", err)
	}
	u := &uki{}
	text, err := section(f, r, size, layout.SectionOSRelease, maxOSRelease)
	if err != nil {
		return nil, err
	}
	if u.linux, err = section(f, r, size, layout.SectionLinux, size); err != nil {
		return nil, err
	}
	if u.initrd, err = section(f, r, size, layout.SectionInitrd, size); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(text)
	if err != nil {
		return nil, fmt.Errorf("reading section %s: %w", layout.SectionOSRelease, err)
	}
	u.osText, u.osRelease = b, parseOSRelease(b)
	return u, nil
}

// section is what a section holds, without what fills the last page of it.
func section(f *pe.File, r io.ReaderAt, size int64, name string, limit int64) (*io.SectionReader, error) {
	s := f.Section(name)
	if s == nil {
		return nil, fmt.Errorf("not a unified kernel image: section %s is missing", name)
	}
	n := min(int64(s.VirtualSize), int64(s.Size))
	if n == 0 || n > limit || int64(s.Offset)+n > size {
		return nil, fmt.Errorf("not a whole unified kernel image: section %s has %d bytes at %d of %d", name, n, s.Offset, size)
	}
	return io.NewSectionReader(r, int64(s.Offset), n), nil
}

// parseOSRelease reads the lines NAME=value of os-release(5), with or without
// quotation marks around the value.
func parseOSRelease(b []byte) map[string]string {
	m := map[string]string{}
	for line := range bytes.Lines(b) {
		name, value, ok := strings.Cut(strings.TrimSpace(string(line)), "=")
		if ok && !strings.HasPrefix(name, "#") {
			m[name] = strings.Trim(value, `"'`)
		}
	}
	return m
}

// errOther means that an image is not the release that was promised.
var errOther = errors.New("the image is another release")

// is checks that the image calls itself the release r.
func (u *uki) is(r layout.Release) error {
	id, version, build := u.osRelease["IMAGE_ID"], u.osRelease["IMAGE_VERSION"], u.osRelease["BUILD_ID"]
	if id != layout.Product || version != r.ID() || build != "" && r.Build != "" && build != r.Build {
		return fmt.Errorf("%w: it is %.40q %.40q build %.80q, promised was %q %q build %q", errOther, id, version, build, layout.Product, r.ID(), r.Build)
	}
	return nil
}
