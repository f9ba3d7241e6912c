// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"understudy/appliance/layout"
	"understudy/bootimg"
	"understudy/hwprofiles"
	"understudy/integration/vm"
)

// bencher collects the rows of the report.
type bencher struct {
	dir    string
	runs   int
	room   *vm.Reservation // all there is, so that nothing else of ours disturbs
	report *report
}

func (b *bencher) add(r row) { b.report.Rows = append(b.report.Rows, r) }

// image measures the time that it takes to build, and its sizes.
func (b *bencher) image(ctx context.Context) error {
	say("building the image")
	image, err := vm.BuildImage(ctx, b.report.Base, nil)
	if err != nil {
		return err
	}
	seconds, err := b.buildAgain(ctx)
	if err != nil {
		return err
	}
	b.add(row{What: "image build, warm caches", Unit: "s", Ours: seconds}.atMost(15))
	uki, err := os.Stat(image.UKI)
	if err != nil {
		return fmt.Errorf("measure the unified kernel image: %w", err)
	}
	b.add(row{What: "unified kernel image", Unit: "MB", Ours: float64(uki.Size()) / 1e6}.atMost(30))
	shipped, err := bootimg.Ship(image.Raw, filepath.Join(b.dir, "shipped.zst"))
	if err != nil {
		return err
	}
	b.add(row{What: "disk image as shipped, zstd", Unit: "MB", Ours: float64(shipped) / 1e6}.atMost(80))
	return nil
}

// buildAgain measures what a build takes when nothing has changed.
func (b *bencher) buildAgain(ctx context.Context) (float64, error) {
	cache := filepath.Join(filepath.Dir(b.dir), "cache")
	start := time.Now()
	based, err := bootimg.Compile(ctx, cache, func(string, ...any) {})
	if err != nil {
		return 0, err
	}
	release, err := bootimg.ReleaseFor(ctx, b.report.Base)
	if err != nil {
		return 0, err
	}
	out := filepath.Join(b.dir, "image")
	_, err = bootimg.Build(ctx, bootimg.Options{CacheDir: cache, OutDir: out, Release: release, BasedPath: based})
	seconds := time.Since(start).Seconds()
	os.RemoveAll(out)
	return seconds, err
}

// starts measures from power-on to the first answer, by each way to boot. Ours
// has had its first boot, which is a row of its own.
func (b *bencher) starts(ctx context.Context) error {
	image, err := vm.BuildImage(ctx, b.report.Base, nil)
	if err != nil {
		return err
	}
	bareImage, err := makeBare(ctx, image, b.dir)
	if err != nil {
		return err
	}
	profile, err := hwprofiles.ByName("va-small")
	if err != nil {
		return err
	}
	disk := filepath.Join(b.dir, "disk.qcow2")
	for i, f := range []vm.Firmware{vm.Direct, vm.BIOS, vm.UEFI} {
		dir := filepath.Join(b.dir, string(f))
		ours := b.machine("appliance-"+string(f), image, profile, f, dir, disk)
		if i == 0 {
			m, seconds, err := b.start(ctx, ours, oursReady, "/appliance")
			if err != nil {
				return err
			}
			ending, cancel := context.WithTimeout(ctx, m.Scale(startLimit))
			err = m.ShutDown(ending)
			cancel()
			m.Close()
			if err != nil {
				return err
			}
			b.add(row{What: "power-on to /appliance, first boot, 140 GiB disk", Unit: "s", Ours: seconds}.atMost(45))
		}
		bare := b.machine("bare-"+string(f), bareImage, profile, f, dir, filepath.Join(dir, "bare.qcow2"))
		r, err := b.inTurn(ctx, pair{ours, bare}, "power-on to /appliance, "+strings.ToUpper(string(f)))
		if err != nil {
			return err
		}
		b.add(r.ratioAtMost(1.3))
	}
	return nil
}

// memory measures what based needs when nobody is there. The machine has the
// memory that has to suffice, so that it does is measured as well.
func (b *bencher) memory(ctx context.Context) error {
	profile, err := hwprofiles.ByName("va-small")
	if err != nil {
		return err
	}
	image, err := vm.BuildImage(ctx, b.report.Base, nil)
	if err != nil {
		return err
	}
	spec := b.machine("memory", image, profile, vm.Direct, filepath.Join(b.dir, "memory"), filepath.Join(b.dir, "disk.qcow2"))
	spec.Append = layout.KernelCmdline + sysrq
	say("starting for the memory figures")
	m, _, err := b.start(ctx, spec, oursReady, "/appliance")
	if err != nil {
		return err
	}
	defer m.Close()
	based, err := residentMemory(ctx, m)
	if err != nil {
		return err
	}
	b.add(row{What: fmt.Sprintf("memory of based at rest, of %d MiB", leastMemory), Unit: "MiB", Ours: based}.atMost(60))
	return nil
}
