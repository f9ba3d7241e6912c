// SPDX-License-Identifier: Apache-2.0

// Command freezes boots the box with the supervisor of this tree, which opens
// the watchdog and feeds it. What the supervisor then starts as based stops the
// supervisor, as a deadlock would: nobody feeds the watchdog any more.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"syscall"

	"understudy/appliance/base/boot"
	"understudy/appliance/layout"
)

func main() {
	supervise := flag.Bool("supervise", false, "boot the box; for init only")
	flag.Parse()
	if *supervise {
		fmt.Println("badbase: freezes")
		fmt.Println(boot.Supervise(context.Background(), boot.Options{Program: []string{layout.PathBased}}))
		os.Exit(1)
	}
	// That this program ends now is seen by nobody.
	if err := syscall.Kill(os.Getppid(), syscall.SIGSTOP); err != nil {
		fmt.Println("badbase: the supervisor cannot be stopped:", err)
	}
}
