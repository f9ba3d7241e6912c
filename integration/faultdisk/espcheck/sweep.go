// SPDX-License-Identifier: Apache-2.0

package espcheck

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"understudy/integration/faultdisk"
)

// Cut is one way in which the power may go.
type Cut struct {
	Point  int    // of faultdisk.Disk.Replay
	Policy string // its name
	Result
	Err error // why it does not boot; nil if it does
}

// Policies are those that a sweep tries by default, with a seed for chance.
func Policies(seed uint64) map[string]faultdisk.Policy {
	return map[string]faultdisk.Policy{
		"drop all":  faultdisk.DropAll,
		"subset":    faultdisk.Subset(seed),
		"torn last": faultdisk.TornLast(seed),
	}
}

// Sweep cuts the power at every point of a recorded run from one on, in every
// way, and returns what comes of it, ordered by point. Cuts that leave a disk
// which does not boot are among them; the error is for what keeps it from
// telling.
func (c *Checker) Sweep(ctx context.Context, d *faultdisk.Disk, from int, policies map[string]faultdisk.Policy) ([]Cut, error) {
	var cuts []Cut
	for n := from; n < d.Boundaries(); n++ {
		for name := range policies {
			cuts = append(cuts, Cut{Point: n, Policy: name})
		}
	}
	slices.SortFunc(cuts, func(a, b Cut) int {
		return cmp.Or(cmp.Compare(a.Point, b.Point), cmp.Compare(a.Policy, b.Policy))
	})
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i := range cuts {
		group.Go(func() error {
			cut := &cuts[i]
			if err := ctx.Err(); err != nil {
				return err
			}
			dir, err := os.MkdirTemp(c.Dir, "cut-")
			if err != nil {
				return fmt.Errorf("sweeping: %w", err)
			}
			defer os.RemoveAll(dir)
			one := *c
			one.Dir = dir
			cut.Result, cut.Err = one.Check(ctx, d.Replay(cut.Point, policies[cut.Policy]))
			return ctx.Err()
		})
	}
	return cuts, group.Wait()
}
