// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// Reservation is room for guests on this host, held until Release or the end
// of the process. A test that needs several guests at once reserves room for
// all of them at once, or two such tests may wait for each other for ever.
type Reservation struct {
	held []*os.File
	once sync.Once
}

// Slots is how many guests may run on this host at once: one more than it has
// cores, since a guest also waits, but two to four, and fewer if there is less
// than 1 GiB of memory for each.
func Slots() (int, error) {
	mem, err := hostMemMiB()
	if err != nil {
		return 0, err
	}
	return max(1, min(mem/1024-1, min(runtime.NumCPU()+1, 4))), nil
}

// Reserve waits until n more guests may run on this host. If n is more than
// Slots, all of them are reserved.
func Reserve(ctx context.Context, n int) (*Reservation, error) {
	slots, err := Slots()
	if err != nil {
		return nil, fmt.Errorf("reserve room for %d guests: %w", n, err)
	}
	// Not below build: other copies of this tree run on the same cores.
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("understudy-guests-%d", os.Getuid()))
	r, err := reserve(ctx, dir, min(n, slots), slots)
	if err != nil {
		return nil, fmt.Errorf("reserve room for %d guests: %w", n, err)
	}
	return r, nil
}

// reserve takes n of the slots whose lock files lie in dir. Whoever holds the
// gate is the only one who waits for slots, so nobody holds a part of what he
// needs while another holds the rest.
func reserve(ctx context.Context, dir string, n, slots int) (*Reservation, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	gate, err := lockFirst(ctx, []string{filepath.Join(dir, "gate")})
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	free := map[string]bool{}
	for i := range slots {
		free[filepath.Join(dir, fmt.Sprintf("slot-%d", i+1))] = true
	}
	r := &Reservation{}
	for len(r.held) < n {
		var paths []string
		for path := range free {
			paths = append(paths, path)
		}
		file, err := lockFirst(ctx, paths)
		if err != nil {
			r.Release()
			return nil, err
		}
		delete(free, file.Name())
		r.held = append(r.held, file)
	}
	return r, nil
}

// Release gives the room back. It may be called twice.
func (r *Reservation) Release() {
	r.once.Do(func() {
		for _, f := range r.held {
			f.Close() // closing the only descriptor ends the lock
		}
	})
}

// lockFirst locks whichever of the files comes free first. Each is waited for
// in a goroutine of its own, since flock cannot wait for several; one that is
// late gives its lock back.
func lockFirst(ctx context.Context, paths []string) (*os.File, error) {
	type result struct {
		file *os.File
		err  error
	}
	// Opened before anybody waits: whoever is late must not make a file in a
	// directory that may be gone by then.
	var files []*os.File
	for _, path := range paths {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			for _, f := range files {
				f.Close()
			}
			return nil, err
		}
		files = append(files, file)
	}
	won := make(chan result)
	over := make(chan struct{})
	defer close(over)
	for _, file := range files {
		go func() {
			err := lock(file)
			select {
			case won <- result{file, err}:
			case <-over:
				file.Close()
			}
		}()
	}
	select {
	case r := <-won:
		if r.err != nil {
			r.file.Close()
			return nil, r.err
		}
		return r.file, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// lock waits for the lock of an open file.
func lock(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX)
		if err == nil {
			return nil
		}
		if err != unix.EINTR {
			return fmt.Errorf("lock %s: %w", file.Name(), err)
		}
	}
}
