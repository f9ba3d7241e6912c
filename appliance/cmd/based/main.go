// SPDX-License-Identifier: Apache-2.0

// Command based is the Base software of the appliance: with -supervise it is
// what init starts and what boots the box, without it is the program that the
// supervisor runs and that serves /appliance.
//
// It takes no other flags: what differs from box to box is in the seed, in the
// boot report and in the stored configuration.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"understudy/appliance/base/boot"
)

// memoryLimit is when the garbage collector starts to hurry, in bytes.
const memoryLimit = 96 << 20

func main() {
	supervise := flag.Bool("supervise", false, "boot the box and keep based running; for init only")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if *supervise {
		// Returning from here would be a kernel panic; Supervise does not.
		err := boot.Supervise(context.Background(), boot.Options{Program: []string{"/bin/based"}})
		fmt.Fprintf(os.Stderr, "understudy: %v\n", err)
		os.Exit(1)
	}
	// Password hashes leave 19 MiB or more behind each. Collecting early keeps a
	// flood of sign-ins within what the smallest machine has.
	debug.SetMemoryLimit(memoryLimit)
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(ctx, log); err != nil {
		log.Error("based stops", "error", err)
		os.Exit(1)
	}
}
