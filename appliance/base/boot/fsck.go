// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"understudy/appliance/layout"
)

// fsckLog keeps what e2fsck said.
const fsckLog = "/run/understudy/e2fsck.log"

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
// without asking, and if that is not enough with yes to every question, which
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
	status, err = run(ctx, "-y")
	if err != nil {
		return "", err
	}
	switch judgeFsck(status) {
	case fsckClean, fsckRepaired:
		return "The file system of the state was badly damaged; it was repaired, and files may be missing.", nil
	}
	return "", fmt.Errorf("e2fsck ended with status %d", status)
}

// runFsck runs e2fsck with one option over the open state and returns its exit
// status. Its words go to fsckLog.
func (p *processes) runFsck(ctx context.Context, option string) (int, error) {
	out, err := os.OpenFile(fsckLog, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return 0, fmt.Errorf("checking the state: %w", err)
	}
	defer out.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, fmt.Errorf("checking the state: %w", err)
	}
	defer null.Close()
	child, err := p.start([]string{layout.PathE2fsck, option, cryptNode}, &os.ProcAttr{
		Dir: "/", Env: []string{"PATH=/sbin"}, Files: []*os.File{null, out, out},
	})
	if err != nil {
		return 0, fmt.Errorf("checking the state: %w", err)
	}
	select {
	case <-child.done:
	case <-ctx.Done():
		p.signal(child, unix.SIGKILL)
		<-child.done
		return 0, fmt.Errorf("checking the state: %w", ctx.Err())
	}
	if child.status.Signaled() {
		return 0, fmt.Errorf("checking the state: e2fsck was %s", strings.TrimSpace(child.end()))
	}
	return child.status.ExitStatus(), nil
}
