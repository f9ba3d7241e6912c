// SPDX-License-Identifier: Apache-2.0

// Command mkimage compiles based and builds the disk image of a Base version.
// It must run inside the source tree.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"understudy/bootimg"
)

func main() {
	base := flag.String("base", "3.3.2", "version of the Base software")
	out := flag.String("out", "build/image", "directory for the image")
	cache := flag.String("cache", "build/cache", "directory for what the next build can use again")
	based := flag.String("based", "", "static program for /bin/based, instead of compiling it")
	factory := flag.String("factory", "", "update file of a site package that the appliance installs by itself at its first start")
	ship := flag.Bool("ship", false, "also write the compressed image (.raw.zst)")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := build(ctx, *base, *out, *cache, *based, *factory, *ship); err != nil {
		fmt.Fprintln(os.Stderr, "mkimage:", err)
		os.Exit(1)
	}
}

func build(ctx context.Context, base, out, cache, based, factory string, ship bool) error {
	log := func(format string, args ...any) { fmt.Printf(format+"\n", args...) }
	release, err := bootimg.ReleaseFor(ctx, base)
	if err != nil {
		return err
	}
	if based == "" {
		if based, err = bootimg.Compile(ctx, cache, log); err != nil {
			return err
		}
	}
	a, err := bootimg.Build(ctx, bootimg.Options{CacheDir: cache, OutDir: out, Release: release, BasedPath: based, Factory: factory, Log: log})
	if err != nil {
		return err
	}
	if ship {
		start := time.Now()
		n, err := bootimg.Ship(a.Raw, a.Raw+".zst")
		if err != nil {
			return err
		}
		log("%-28s %6.1f MiB %6.2f s", filepath.Base(a.Raw)+".zst", float64(n)/(1<<20), time.Since(start).Seconds())
	}
	for _, path := range []string{a.Raw, a.Qcow2, a.UKI, a.Kernel, a.Initrd, a.Manifest} {
		fmt.Println(path)
	}
	return nil
}
