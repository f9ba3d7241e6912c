// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Package is an opened package. It may be used by many goroutines at a time if
// its reader may.
type Package struct {
	r        io.ReaderAt
	manifest manifest
	files    int64 // where the first file begins
}

// Open reads the manifest of a package of size bytes and checks that the
// manifest is valid and that its files fill the rest to the last byte. What is
// wrong with the package is a *FormatError. The files themselves are checked
// when they are copied.
func Open(r io.ReaderAt, size int64) (*Package, error) {
	m, at, err := readManifest(r, size)
	if err != nil {
		return nil, err
	}
	end := at
	for _, f := range m.Files {
		end += f.Stored
	}
	if end != size {
		return nil, malformed("its files end at byte %d, the package at byte %d", end, size)
	}
	return &Package{r: r, manifest: m, files: at}, nil
}

// Summary is what the manifest says of the package.
func (p *Package) Summary() Summary {
	s := p.manifest.Summary
	s.Requires = slices.Clone(s.Requires)
	if s.Customer != nil {
		c := *s.Customer
		s.Customer = &c
	}
	return s
}

// Roles lists the files in the order they have in the package.
func (p *Package) Roles() []Role {
	var roles []Role
	for _, e := range p.manifest.Files {
		roles = append(roles, e.Role)
	}
	return roles
}

// Size is the length of a file in bytes once it is copied; 0 if the package
// has none of this role.
func (p *Package) Size(role Role) int64 {
	e, _, _ := p.find(role)
	return e.Size
}

// Copy writes a file, uncompressed. It writes at most as many bytes as the
// manifest declares, and at the end returns a *FormatError unless length and
// hash are right: what was written is not to be used before Copy has returned
// nil. A context that ends stops it.
func (p *Package) Copy(ctx context.Context, role Role, w io.Writer) error {
	e, at, ok := p.find(role)
	if !ok {
		return malformed("there is no %.40q in it", role)
	}
	in := &source{ctx: ctx, r: io.NewSectionReader(p.r, at, e.Stored)}
	out := &sink{w: w}
	hash := sha256.New()
	file, done, err := e.open(in)
	if err != nil {
		return err
	}
	defer done()
	n, err := io.CopyBuffer(io.MultiWriter(out, hash), struct{ io.Reader }{io.LimitReader(file, e.Size)}, make([]byte, 256<<10))
	if err == nil && n == e.Size {
		err = ended(file)
	}
	switch {
	case in.err != nil:
		return fmt.Errorf("package: reading the %s: %w", role, in.err)
	case out.err != nil:
		return fmt.Errorf("package: writing the %s: %w", role, out.err)
	case err != nil:
		return malformed("the %s is damaged: %v", role, err)
	case n != e.Size:
		return malformed("the %s has %d bytes, its manifest says %d", role, n, e.Size)
	case hex.EncodeToString(hash.Sum(nil)) != e.SHA256:
		return malformed("the %s has another hash than its manifest says", role)
	}
	return nil
}

// EULA returns the licence agreement of a site package, "" for other kinds.
func (p *Package) EULA(ctx context.Context) (string, error) {
	if _, _, ok := p.find(EULA); !ok {
		return "", nil
	}
	var b strings.Builder
	if err := p.Copy(ctx, EULA, &b); err != nil {
		return "", err
	}
	if !validText(b.String()) {
		return "", malformed("the licence agreement is not printable text")
	}
	return b.String(), nil
}

func (p *Package) find(role Role) (entry, int64, bool) {
	at := p.files
	for _, e := range p.manifest.Files {
		if e.Role == role {
			return e, at, true
		}
		at += e.Stored
	}
	return entry{}, 0, false
}

// open reads the plain bytes of a file out of its stored ones. The memory it
// takes does not depend on either.
func (e entry) open(stored io.Reader) (file io.Reader, done func(), err error) {
	if e.Encoding == plain {
		return stored, func() {}, nil
	}
	z, err := zstd.NewReader(stored, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, nil, malformed("the %s is damaged: %v", e.Role, err)
	}
	return z, z.Close, nil
}

// ended reads one byte more than a file should have.
func ended(file io.Reader) error {
	switch n, err := io.ReadFull(file, make([]byte, 1)); {
	case n > 0:
		return errors.New("it goes on after its declared size")
	case errors.Is(err, io.EOF):
		return nil
	default:
		return err
	}
}

// source remembers that reading failed, or that the context ended: neither
// says anything about the package.
type source struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// sink remembers that writing failed.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(b []byte) (n int, err error) {
	n, s.err = s.w.Write(b)
	return n, s.err
}

func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	switch {
	case n == len(b):
		return nil
	case errors.Is(err, io.EOF):
		return malformed("it ends within its first %d bytes", at+int64(len(b)))
	}
	return fmt.Errorf("package: reading its start: %w", err)
}
