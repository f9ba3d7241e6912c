// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Attach plugs a guest in, in place of what was plugged in before. The file is
// the guest's end of a datagram socket pair, one frame a datagram, as QEMU's
// dgram network wants it; the caller hands it to QEMU and closes its own copy.
func (p *Port) Attach() (*os.File, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("make a socket pair for port %q: %w", p.name, err)
	}
	guest := os.NewFile(uintptr(pair[0]), "netlab "+p.name+" guest")
	ours := os.NewFile(uintptr(pair[1]), "netlab "+p.name)
	conn, err := net.FileConn(ours)
	ours.Close()
	if err != nil {
		guest.Close()
		return nil, fmt.Errorf("open our end of port %q: %w", p.name, err)
	}
	pl := p.plugIn(func() { conn.Close() })
	go p.fromGuest(conn)
	go toGuest(conn, pl)
	return guest, nil
}

// fromGuest ends when the plug is pulled or the guest's process is gone.
func (p *Port) fromGuest(conn net.Conn) {
	buf := make([]byte, maxFrame)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		p.travel(In, append([]byte(nil), buf[:n]...))
	}
}

func toGuest(conn net.Conn, pl *plug) {
	for {
		select {
		case data := <-pl.out:
			if _, err := conn.Write(data); err != nil {
				return
			}
		case <-pl.pulled:
			return
		}
	}
}
