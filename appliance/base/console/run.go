// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"time"
)

// redrawEvery repairs a screen the kernel wrote over, and moves the clock on.
const redrawEvery = time.Minute

// Run shows what state answers on every display: at once, whenever changed is
// signalled, and every minute. It returns when ctx ends. A display that fails
// or blocks (a terminal with its scroll lock set) does not hold up the others;
// its errors go to failed.
// One that blocks for good is left behind at the end.
func Run(ctx context.Context, state func(context.Context) State, changed <-chan struct{}, failed func(error), displays ...Display) {
	latest := make([]chan State, len(displays))
	for i, d := range displays {
		latest[i] = make(chan State, 1)
		go follow(ctx, d, latest[i], failed)
	}
	tick := time.NewTicker(redrawEvery)
	defer tick.Stop()
	for {
		s := state(ctx)
		for _, c := range latest {
			replace(c, s)
		}
		select {
		case <-ctx.Done():
			return
		case _, open := <-changed:
			if !open {
				changed = nil // only the clock is left
			}
		case <-tick.C:
		}
	}
}

// replace leaves s as the only state waiting in c.
func replace(c chan State, s State) {
	select {
	case <-c:
	default:
	}
	c <- s
}

func follow(ctx context.Context, d Display, states <-chan State, failed func(error)) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case s := <-states:
			if err := d.Show(s); err != nil {
				failed(err)
			}
		}
	}
}
