// SPDX-License-Identifier: Apache-2.0

// Command panics ends at once. Init ends with it, and the kernel panics.
package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

func main() {
	fmt.Println("badbase: panics")
	// A panic writes past what the serial line still has to send, and that is
	// lost then: the line must be out before.
	if err := unix.IoctlSetInt(int(os.Stdout.Fd()), unix.TCSBRK, 1); err != nil {
		fmt.Println("badbase: wait until the line is out:", err)
	}
	os.Exit(1)
}
