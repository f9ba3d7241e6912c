// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// Source is a file that goes into a package. It is read twice, and must give
// the same Size bytes each time.
type Source struct {
	Open func() (io.ReadCloser, error)
	Size int64
}

// Bytes is a source of bytes in memory.
func Bytes(b []byte) Source {
	return Source{Size: int64(len(b)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

// File is a source of a file on disk.
func File(path string) (Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Source{}, fmt.Errorf("package: %w", err)
	}
	return Source{Size: info.Size(), Open: func() (io.ReadCloser, error) { return os.Open(path) }}, nil
}

// Write writes a package and returns its length and SHA-256. The same inputs
// give the same bytes. What the format does not allow is a *FormatError, and
// then nothing was written.
func Write(w io.Writer, s Summary, files map[Role]Source) (length int64, hash [32]byte, err error) {
	m := manifest{Summary: s, Files: []entry{}}
	for _, rule := range rolesOf[s.Kind] {
		if f, ok := files[rule.role]; ok {
			e, err := measure(rule, f)
			if err != nil {
				return 0, hash, err
			}
			m.Files = append(m.Files, e)
		}
	}
	if len(m.Files) != len(files) {
		return 0, hash, malformed("a %s package takes only %d of the %d files given", s.Kind, len(m.Files), len(files))
	}
	head, err := m.encode()
	if err != nil {
		return 0, hash, err
	}
	sum := sha256.New()
	out := &counter{w: io.MultiWriter(w, sum)}
	if _, err := out.Write(head); err != nil {
		return 0, hash, fmt.Errorf("package: writing its manifest: %w", err)
	}
	for _, e := range m.Files {
		if err := e.write(out, files[e.Role]); err != nil {
			return 0, hash, err
		}
	}
	return out.n, [32]byte(sum.Sum(nil)), nil
}

// measure reads a file to learn what the manifest says of it.
func measure(rule roleRule, f Source) (entry, error) {
	if f.Size > rule.max {
		return entry{}, malformed("the %s is %d bytes, more than the %d allowed", rule.role, f.Size, rule.max)
	}
	hash, stored := sha256.New(), &counter{w: io.Discard}
	e := entry{Role: rule.role, Size: f.Size, Encoding: rule.encoding}
	if err := e.store(stored, f, hash); err != nil {
		return entry{}, err
	}
	e.SHA256, e.Stored = hex.EncodeToString(hash.Sum(nil)), stored.n
	if e.Stored >= e.Size {
		e.Encoding, e.Stored = plain, e.Size
	}
	return e, nil
}

// write stores a file that was measured before.
func (e entry) write(w io.Writer, f Source) error {
	hash, stored := sha256.New(), &counter{w: w}
	if err := e.store(stored, f, hash); err != nil {
		return err
	}
	if hex.EncodeToString(hash.Sum(nil)) != e.SHA256 || stored.n != e.Stored {
		return fmt.Errorf("package: the %s changed while it was packed", e.Role)
	}
	return nil
}

// store reads a file, hashes its bytes and writes them as its encoding says.
func (e entry) store(w io.Writer, f Source, hash io.Writer) error {
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("package: opening the %s: %w", e.Role, err)
	}
	defer r.Close()
	out := io.WriteCloser(nopCloser{w})
	if e.Encoding == zstandard {
		// One core: more would make the bytes depend on how many there are.
		out, err = zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBetterCompression),
			zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(maxWindow))
		if err != nil {
			return fmt.Errorf("package: compressing the %s: %w", e.Role, err)
		}
	}
	n, err := io.Copy(io.MultiWriter(out, hash), io.LimitReader(r, e.Size+1))
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("package: storing the %s: %w", e.Role, err)
	}
	if n != e.Size {
		return fmt.Errorf("package: the %s has not the %d bytes that were announced", e.Role, e.Size)
	}
	return nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// counter counts what went through.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
