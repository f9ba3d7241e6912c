// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"understudy/appliance/layout"
)

// fsckLog keeps the last that e2fsck said.
const (
	fsckLog     = "/run/understudy/e2fsck.log"
	fsckLogSize = 64 << 10
)

// Bits of e2fsck's exit status.
const (
	fsckCorrected   = 1
	fsckReboot      = 2 // matters only for a mounted file system
	fsckUncorrected = 4
)

// fsckVerdict is what an exit status means.
type fsckVerdict int

const (
	fsckClean fsckVerdict = iota
	fsckRepaired
	fsckDamaged // something is left
	fsckFailed  // it could not work at all, for instance because there is no file system
)

func judgeFsck(status int) fsckVerdict {
	switch {
	case status&^(fsckCorrected|fsckReboot|fsckUncorrected) != 0 || status < 0:
		return fsckFailed
	case status&fsckUncorrected != 0:
		return fsckDamaged
	case status != 0:
		return fsckRepaired
	}
	return fsckClean
}

// checkState runs e2fsck over the closed state: first with what it does
// without asking, and if that is not enough in full and with yes to every question, which
// is the best that can be done without a person. repaired is a sentence if it
// changed anything.
func checkState(ctx context.Context, run func(ctx context.Context, option string) (int, error)) (repaired string, err error) {
	status, err := run(ctx, "-p")
	if err != nil {
		return "", err
	}
	switch judgeFsck(status) {
	case fsckClean:
		return "", nil
	case fsckRepaired:
		return "The file system of the state had errors, which were repaired.", nil
	}
	// Without its first superblock a file system needs two runs: one to put
	// that back from a spare copy, one for what the spare copy knew nothing of.
	for range 2 {
		if status, err = run(ctx, "-fy"); err != nil {
			return "", err
		}
		switch judgeFsck(status) {
		case fsckClean, fsckRepaired:
			return "The file system of the state was badly damaged; it was repaired, and files may be missing.", nil
		}
	}
	return "", fmt.Errorf("e2fsck ended with status %d", status)
}

// runFsck runs e2fsck with one option over the open state and returns its exit
// status. The end of what it says goes to fsckLog.
func (p *processes) runFsck(ctx context.Context, option string) (int, error) {
	child, said, err := p.startFsck(option)
	if err != nil {
		return 0, fmt.Errorf("checking the state: %w", err)
	}
	tail := make(chan []byte, 1)
	go func() {
		defer said.Close()
		tail <- readTail(said, fsckLogSize)
	}()
	select {
	case <-child.done:
	case <-ctx.Done():
		p.signal(child, unix.SIGKILL)
		<-child.done
		return 0, fmt.Errorf("checking the state: %w", ctx.Err())
	}
	if err := os.WriteFile(fsckLog, <-tail, 0o600); err != nil {
		return 0, fmt.Errorf("checking the state: %w", err)
	}
	if child.status.Signaled() {
		return 0, fmt.Errorf("checking the state: e2fsck was %s", child.end())
	}
	return child.status.ExitStatus(), nil
}

// fsckOOM keeps the kernel from taking the check when memory is short: it would
// be taken for a file system that cannot be mended.
const fsckOOM = -1000

func (p *processes) startFsck(option string) (*process, *os.File, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, err
	}
	defer null.Close()
	said, out, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer out.Close()
	child, err := p.start([]string{layout.PathE2fsck, option, cryptNode}, &os.ProcAttr{
		Dir: "/", Env: []string{"PATH=/sbin"}, Files: []*os.File{null, out, out},
	})
	if err != nil {
		said.Close()
		return nil, nil, err
	}
	setOOMScore(child.pid, fsckOOM)
	return child, said, nil
}

// readTail reads to the end and returns the last n bytes: over a file system
// in ruins e2fsck says more than the memory should hold.
func readTail(r io.Reader, n int) []byte {
	kept := make([]byte, 0, 2*n)
	for {
		if len(kept) == cap(kept) {
			kept = kept[:copy(kept, kept[len(kept)-n:])]
		}
		got, err := r.Read(kept[len(kept):cap(kept)])
		kept = kept[:len(kept)+got]
		if err != nil {
			return kept[max(0, len(kept)-n):]
		}
	}
}
