// SPDX-License-Identifier: Apache-2.0

// Command panics ends at once. It is the first process, so the kernel panics.
package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// main waits until its line is out: a panic writes past what the serial line
// still has to send, and that is lost with the restart.
func main() {
	fmt.Println("badbase: panics")
	if err := unix.IoctlSetInt(int(os.Stdout.Fd()), unix.TCSBRK, 1); err != nil {
		fmt.Println("badbase: waiting for the serial line:", err)
	}
	os.Exit(1)
}
