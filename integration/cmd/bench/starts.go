// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"understudy/bootimg"
	"understudy/hwprofiles"
	"understudy/integration/vm"
)

const (
	leastMemory = 512              // MiB: what has to suffice
	startLimit  = 30 * time.Second // from power-on to an answer, before scaling

	oursReady = `^understudy: listening on 443`
	bareReady = `^bare: (listening on 443|.*)`
)

// machine is a Spec for measuring.
func (b *bencher) machine(name string, a bootimg.Artifacts, p hwprofiles.Profile, f vm.Firmware, dir, disk string) vm.Spec {
	return vm.Spec{Name: "bench-" + name, Artifacts: a, Profile: p, Firmware: f, MemMiB: leastMemory, Dir: dir, DiskPath: disk, Room: b.room}
}

// start powers a machine on and gives the seconds until a page of it has
// answered, and the machine.
func (b *bencher) start(ctx context.Context, spec vm.Spec, ready, path string) (*vm.Machine, float64, error) {
	m, err := vm.Start(ctx, spec)
	if err != nil {
		return nil, 0, err
	}
	b.report.Accel = m.Accelerator().Name // whichever group is measured
	ctx, cancel := context.WithTimeout(ctx, m.Scale(startLimit))
	defer cancel()
	if _, err := m.WaitConsole(ctx, ready); err != nil {
		m.Close()
		return nil, 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL(443)+path, nil)
	if err != nil {
		m.Close()
		return nil, 0, err
	}
	res, err := m.Client().Do(req)
	if err == nil {
		res.Body.Close()
		if res.StatusCode >= http.StatusInternalServerError {
			err = fmt.Errorf("%s answers %s", req.URL, res.Status)
		}
	}
	if err != nil {
		m.Close()
		return nil, 0, fmt.Errorf("start %s: %w; see %s", spec.Name, err, m.Log())
	}
	return m, m.Since().Seconds(), nil
}

// pair is a machine and what it is measured against.
type pair struct{ ours, bare vm.Spec }

// inTurn measures both machines of a pair in turn, so that what else happens
// on this host meets both alike. The figure is the median.
func (b *bencher) inTurn(ctx context.Context, p pair, what string) (row, error) {
	r := row{What: what, Unit: "s"}
	for i := range b.runs {
		for _, side := range []struct {
			spec        vm.Spec
			ready, path string
			all         *[]float64
		}{{p.ours, oursReady, "/appliance", &r.All}, {p.bare, bareReady, "/", &r.AllBare}} {
			m, seconds, err := b.start(ctx, side.spec, side.ready, side.path)
			if err != nil {
				return r, err
			}
			m.Close()
			*side.all = append(*side.all, seconds)
			say("%s, run %d of %d: %s %.1f s", what, i+1, b.runs, side.spec.Name, seconds)
		}
	}
	r.Ours, r.Bare = median(r.All), median(r.AllBare)
	return r, nil
}

// median is the middle value, the upper of two.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
