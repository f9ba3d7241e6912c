// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"

	"understudy/appliance/layout"
)

// The initramfs is three archives one behind the other, each compressed by
// itself, so that a new release file or a new program does not compress the
// drivers again:
//
//	base     drivers, e2fsck, the empty state file system
//	program  /bin/based
//	release  the release file

// baseParts are the files from which the base archive is made.
type baseParts struct {
	modules  *moduleSet
	e2fsck   string
	template string
}

// baseArchive makes the part that changes with Debian's packages only.
func (c cache) baseArchive(p baseParts, kernelHash string) (string, error) {
	inputs := []string{"base, modules without traces, no init", kernelHash, strings.Join(p.modules.names(), " ")}
	tables := p.modules.tables()
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		inputs = append(inputs, name, hashBytes(tables[name]))
	}
	for _, path := range []string{p.e2fsck, p.template} {
		h, err := hashFile(path)
		if err != nil {
			return "", err
		}
		inputs = append(inputs, h)
	}
	return c.step("base.cpio.lz4", inputs, func(path string) error {
		var records bytes.Buffer
		if err := p.write(&records, tables); err != nil {
			return err
		}
		return packFile(path, PackArchive, &records)
	})
}

func (p baseParts) write(w io.Writer, tables map[string][]byte) error {
	t := newTree()
	t.addFirst()
	modules := layout.PathModules + "/" + p.modules.uname + "/"
	for _, name := range p.modules.names() {
		m := p.modules.modules[name]
		if err := t.addModule(modules+m.path, filepath.Join(p.modules.dir, m.path)); err != nil {
			return err
		}
	}
	for _, name := range []string{"modules.builtin", "modules.order"} {
		if err := t.copy(modules+name, filepath.Join(p.modules.dir, name), 0o644); err != nil {
			return err
		}
	}
	for name, b := range tables {
		t.add(modules+name, b, 0o644)
	}
	if err := t.copy(layout.PathE2fsck, p.e2fsck, 0o755); err != nil {
		return err
	}
	if err := t.copy(layout.PathStateTemplate, p.template, 0o644); err != nil {
		return err
	}
	t.link("/etc/resolv.conf", "/run/understudy/resolv.conf")
	return t.write(w)
}

// addFirst puts in what the kernel and its first process need before anything is
// mounted. That process is based: there is no other init, and no shell.
func (t *tree) addFirst() {
	for _, dir := range []string{"dev", "proc", "run", "sys", "tmp"} {
		t.put("/"+dir, cpio.Directory(dir, 0o755))
	}
	t.put("/dev/console", cpio.CharDev("dev/console", 0o600, 5, 1))
	t.put("/dev/null", cpio.CharDev("dev/null", 0o666, 1, 3))
	t.link(layout.PathInit, layout.PathBased)
}

// programArchive is the part with the appliance's program. Every change of the
// program makes another.
const programArchive = "program.cpio.lz4"

func (c cache) packProgram(based string) (string, error) {
	h, err := hashFile(based)
	if err != nil {
		return "", fmt.Errorf("the program for %s: %w", layout.PathBased, err)
	}
	return c.step(programArchive, []string{"program", h}, func(path string) error {
		t := newTree()
		if err := t.copy(layout.PathBased, based, 0o755); err != nil {
			return err
		}
		var records bytes.Buffer
		if err := t.write(&records); err != nil {
			return err
		}
		return packFile(path, PackArchive, &records)
	})
}

// releaseArchive makes the part that says which version this is.
func releaseArchive(r layout.Release) ([]byte, error) {
	b, err := r.Encode()
	if err != nil {
		return nil, err
	}
	t := newTree()
	t.add(layout.PathRelease, b, 0o644)
	var records, packed bytes.Buffer
	if err := t.write(&records); err != nil {
		return nil, err
	}
	err = PackArchive(&packed, &records)
	return packed.Bytes(), err
}

// tree collects the files of an archive.
type tree struct{ records map[string]cpio.Record }

func newTree() *tree { return &tree{records: map[string]cpio.Record{}} }

// add puts in a file with the directories above it.
func (t *tree) add(path string, b []byte, mode uint64) {
	t.put(path, cpio.StaticFile(path[1:], string(b), mode))
}

func (t *tree) link(path, target string) { t.put(path, cpio.Symlink(path[1:], target)) }

func (t *tree) put(path string, r cpio.Record) {
	t.records[path[1:]] = r
	for dir := filepath.Dir(path); dir != "/"; dir = filepath.Dir(dir) {
		t.records[dir[1:]] = cpio.Directory(dir[1:], 0o755)
	}
}

// copy puts in a file of this machine.
func (t *tree) copy(path, from string, mode uint64) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	t.add(path, b, mode)
	return nil
}

// write writes the archive, sorted by name: a directory comes before what is
// in it. All times and owners are zero.
func (t *tree) write(w io.Writer) error {
	archive := cpio.Newc.Writer(w)
	for i, name := range slices.Sorted(maps.Keys(t.records)) {
		r := cpio.MakeReproducible(t.records[name])
		r.Ino = uint64(i + 1)
		if err := archive.WriteRecord(r); err != nil {
			return fmt.Errorf("archive: %s: %w", name, err)
		}
	}
	return errors.Join(cpio.WriteTrailer(archive))
}
