// SPDX-License-Identifier: Apache-2.0

// Command panics ends at once. Init ends with it, and the kernel panics.
package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

func main() {
	if err := say("badbase: panics\n"); err != nil {
		fmt.Println("badbase: say it on the serial line:", err)
	}
	os.Exit(1)
}

// say writes to the serial line itself, since standard output is a pipe to
// init, and waits until the text is out: a panic writes past what the line
// still has to send, and that is lost with the restart.
func say(text string) error {
	line, err := os.OpenFile("/dev/ttyS0", os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	defer line.Close()
	if _, err := line.WriteString(text); err != nil {
		return err
	}
	return unix.IoctlSetInt(int(line.Fd()), unix.TCSBRK, 1)
}
