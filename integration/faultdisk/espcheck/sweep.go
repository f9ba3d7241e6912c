// SPDX-License-Identifier: Apache-2.0

package espcheck

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"understudy/integration/faultdisk"
)

// Cut is one way in which the power may go.
type Cut struct {
	Point  int    // of faultdisk.Disk.Replay
	Policy string // its name
	ESP    faultdisk.Sum
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
// telling. An ESP that looks like one before is judged once.
func (c *Checker) Sweep(ctx context.Context, d *faultdisk.Disk, from int, policies func(point int) map[string]faultdisk.Policy) (cuts []Cut, err error) {
	at := faultdisk.Region{Offset: c.Offset, Size: c.Size}
	mirror, err := faultdisk.NewMirror(filepath.Join(c.Dir, "mirror"), d, at, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, mirror.Close(), os.Remove(mirror.Path())) }()
	known := map[faultdisk.Sum]Cut{}
	err = d.Walk(from, []faultdisk.Region{at}, policies, func(left faultdisk.Left) error {
		cut, ok := known[left.Sums[0]]
		if !ok {
			if err := mirror.Show(left); err != nil {
				return err
			}
			cut.Result, cut.Err = c.judge(ctx, mirror.Path())
			cut.ESP = left.Sums[0]
			known[cut.ESP] = cut
		}
		cut.Point, cut.Policy = left.Point, left.Policy
		cuts = append(cuts, cut)
		return ctx.Err()
	})
	slices.SortStableFunc(cuts, func(a, b Cut) int {
		return cmp.Or(cmp.Compare(a.Point, b.Point), cmp.Compare(a.Policy, b.Policy))
	})
	return cuts, err
}
