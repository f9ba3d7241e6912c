// SPDX-License-Identifier: Apache-2.0

// Command mkpkg makes packages out of what was built for a release of the
// catalogue, and shows what is in one.
//
//	mkpkg base    -version 3.3.2 -uki FILE -out FILE
//	mkpkg site    -version 12.2.0 -program FILE [-roots FILE] -customer ID -hostname NAME -licenses N -expires DATE -out FILE
//	mkpkg license -version 2026.11.23 -customer ID -hostname NAME -licenses N -expires DATE -out FILE
//	mkpkg show FILE
//
// Packages are not signed: publishing one is what makes boxes take it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv); {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "mkpkg:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, messages io.Writer, getenv func(string) string) error {
	if len(args) == 0 {
		return errors.New("say what to do: base, site, license or show")
	}
	switch args[0] {
	case "base", "site", "license":
		return build(args[0], args[1:], out, messages, getenv)
	case "show":
		if len(args) != 2 {
			return errors.New("show takes one package")
		}
		return show(ctx, args[1], out)
	}
	return fmt.Errorf("%.40q is not base, site, license or show", args[0])
}
