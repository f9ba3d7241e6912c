// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// socketPair gives our end of a stream and the file for QEMU's end. Handing
// over open sockets needs no path, so there is none to be too long, to collide
// or to be left behind.
func socketPair(what string) (net.Conn, *os.File, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make a socket pair for the %s: %w", what, err)
	}
	theirs := os.NewFile(uintptr(pair[0]), what+" of the guest")
	ours := os.NewFile(uintptr(pair[1]), what)
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("open the %s: %w", what, err)
	}
	return conn, theirs, nil
}
