// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// uevent is what the kernel tells about a device.
type uevent struct {
	action    string // "add", "remove", "change" …
	subsystem string
	modalias  string // may be empty
}

// parseUevent reads a message: a heading, then KEY=value, each ended by a zero
// byte.
func parseUevent(b []byte) uevent {
	var e uevent
	for field := range bytes.SplitSeq(b, []byte{0}) {
		key, value, ok := strings.Cut(string(field), "=")
		if !ok {
			continue
		}
		switch key {
		case "ACTION":
			e.action = value
		case "SUBSYSTEM":
			e.subsystem = value
		case "MODALIAS":
			e.modalias = value
		}
	}
	return e
}

// openUevents subscribes to the kernel's messages about devices. From then on
// none is missed, so whoever subscribes first and looks around second has
// seen every device.
func openUevents() (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return -1, fmt.Errorf("listening for devices: %w", err)
	}
	// A disk shelf sends hundreds at once.
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 4<<20)
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1}); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("listening for devices: %w", err)
	}
	return fd, nil
}

// followUevents calls each for every message, for as long as the machine runs.
// A message that was lost because there were too many is given as an empty
// one.
func followUevents(fd int, each func(uevent)) error {
	b := make([]byte, 64<<10)
	for {
		n, _, err := unix.Recvfrom(fd, b, 0)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ENOBUFS):
			each(uevent{})
		case err != nil:
			return fmt.Errorf("listening for devices: %w", err)
		default:
			each(parseUevent(b[:n]))
		}
	}
}
