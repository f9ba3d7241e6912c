// SPDX-License-Identifier: Apache-2.0

// Command based is the Base software of the appliance: as /init it is the first
// process, which boots the box and supervises, else the program that the
// supervisor runs and that serves /appliance.
//
// It takes no flags: what differs from box to box is in the seed, in the boot
// report and in the stored configuration. What the kernel passes to its first
// process is not looked at either.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"understudy/appliance/base/boot"
	"understudy/appliance/layout"
)

// The garbage collector hurries when memoryLimit bytes are in use; before that
// it runs when usualGC percent were added to what it left.
const (
	memoryLimit = 96 << 20
	usualGC     = 100
)

func main() {
	if boot.IsInit() {
		// Returning from here would be a kernel panic; Supervise does not.
		err := boot.Supervise(context.Background(), boot.Options{Program: []string{layout.PathBased}, Unusable: unusable})
		fmt.Fprintf(os.Stderr, "understudy: %v\n", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	// Password hashes leave 19 MiB or more behind each. Collecting early keeps a
	// flood of sign-ins within what the smallest machine has.
	debug.SetMemoryLimit(memoryLimit)
	debug.SetGCPercent(-1) // for now: what is made before the ports open stays
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(ctx, log); err != nil {
		log.Error("based stops", "error", err)
		os.Exit(1)
	}
}
