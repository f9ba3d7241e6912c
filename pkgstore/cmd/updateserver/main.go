// SPDX-License-Identifier: Apache-2.0

// Updateserver is the update server: it serves appliances and people with
// download keys, and does what Support does for them. This directory is flags
// and wiring; the rest is package server.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "updateserver:", err)
		stop()
		os.Exit(1)
	}
}

// run executes a command line.
func run(ctx context.Context, args []string, out io.Writer) error {
	root := newRoot(out)
	root.SetArgs(args)
	root.SetOut(out)
	return root.ExecuteContext(ctx)
}
