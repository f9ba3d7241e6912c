// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

// DamagedError means that the disk has changed a package, or lost it. It is
// removed, or it would be in the way of its own replacement.
type DamagedError struct{ Name string }

// Error says what to do.
func (e *DamagedError) Error() string {
	return e.Name + " was damaged on the appliance's disk and has been removed: upload or download it again"
}

// Unwrap says that the package is not there any more.
func (e *DamagedError) Unwrap() error { return ErrNotReady }

// open opens a package that lies on the box, after its hash was checked once
// more. The error is a *DamagedError if a disk has changed it since.
func (s *Service) open(ctx context.Context, r Ready) (*pack.Package, io.Closer, error) {
	p, file, err := s.openFile(ctx, r)
	var changed *trust.Error
	if errors.As(err, &changed) || errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.EIO) {
		err = errors.Join(&DamagedError{r.Name}, s.forget(ctx, r.ID))
	}
	return p, file, err
}

func (s *Service) openFile(ctx context.Context, r Ready) (*pack.Package, io.Closer, error) {
	f, err := os.Open(s.path("packages", r.ID))
	if err != nil {
		return nil, nil, fmt.Errorf("open package %s: %w", r.Name, err)
	}
	target := trust.Target{Name: r.ID, Length: r.Length, Summary: r.Summary}
	if _, err := hex.Decode(target.SHA256[:], []byte(r.ID)); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open package %s: %w", r.Name, err), f.Close())
	}
	if _, err := io.Copy(io.Discard, withContext(ctx, target.Reader(f))); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	p, err := pack.Open(f, r.Length)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return p, f, nil
}

// withContext ends reading when ctx does.
func withContext(ctx context.Context, r io.Reader) io.Reader { return &cancelled{ctx, r} }

type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
