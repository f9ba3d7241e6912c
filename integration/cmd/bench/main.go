// SPDX-License-Identifier: Apache-2.0

// Command bench is `make bench`: it measures the appliance beside the least
// that could do its work, on the same host in the same run, writes
// build/bench.json and prints a table. Figures depend on the host; ratios much
// less so.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"understudy/integration/vm"
)

func main() {
	runs := flag.Int("runs", 3, "how often each start is measured")
	base := flag.String("base", "3.3.2", "version of the Base software")
	only := flag.String("only", "", "measure only this: "+strings.Join(groups, ", "))
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, *base, *only, *runs); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// groups are what can be measured alone.
var groups = []string{"image", "starts", "memory", "pages", "updates"}

func bench(ctx context.Context, base, only string, runs int) error {
	if only != "" && !slices.Contains(groups, only) {
		return fmt.Errorf("-only %s: give one of %s", only, strings.Join(groups, ", "))
	}
	build, err := vm.BuildDir()
	if err != nil {
		return err
	}
	r := report{At: time.Now().UTC().Truncate(time.Second), Base: base, CPUs: runtime.NumCPU()}
	slots, err := vm.Slots()
	if err != nil {
		return err
	}
	say("waiting until no other machine of ours runs on this host")
	room, err := vm.Reserve(ctx, slots)
	if err != nil {
		return err
	}
	defer room.Release()
	b := &bencher{dir: filepath.Join(build, "bench"), runs: runs, room: room, report: &r}
	if err := os.RemoveAll(b.dir); err != nil {
		return fmt.Errorf("clear the place for the figures: %w", err)
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return fmt.Errorf("make a place for the figures: %w", err)
	}
	for _, step := range []struct {
		name    string
		measure func(context.Context) error
	}{{"image", b.image}, {"starts", b.starts}, {"memory", b.memory}, {"pages", b.pages}, {"updates", b.updates}} {
		if only != "" && only != step.name {
			continue
		}
		if err := step.measure(ctx); err != nil {
			return err
		}
	}
	if only != "" {
		fmt.Printf("\n%s", r.table())
		return nil
	}
	path := filepath.Join(build, "bench.json")
	if err := r.save(path); err != nil {
		return err
	}
	fmt.Printf("\n%s\n%s\n", r.table(), path)
	return nil
}

func say(format string, args ...any) { fmt.Printf("bench: "+format+"\n", args...) }
