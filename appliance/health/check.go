// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Register adds a check. It first runs when Run does, or at once if Run runs
// already.
func (b *Board) Register(c Check) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.checks = append(b.checks, c)
	if b.launch != nil {
		b.launch(c)
	}
}

// Run runs every check at once and then each in its own time, until ctx ends.
// It returns the error of ctx after the last check has returned.
func (b *Board) Run(ctx context.Context) error {
	var group sync.WaitGroup
	b.mu.Lock()
	b.launch = func(c Check) { group.Go(func() { b.repeat(ctx, c) }) }
	for _, c := range b.checks {
		b.launch(c)
	}
	b.mu.Unlock()
	<-ctx.Done()
	b.mu.Lock()
	b.launch = nil
	b.mu.Unlock()
	group.Wait()
	return ctx.Err()
}

// leastEvery keeps a check with a slip in its Every from taking the processor.
const leastEvery = time.Second

func (b *Board) repeat(ctx context.Context, c Check) {
	every := max(c.Every, leastEvery)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		b.look(ctx, c, every)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// look runs a check once. A check that was cut off by the end of Run says
// nothing about the box.
func (b *Board) look(ctx context.Context, c Check, limit time.Duration) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w := guarded(limited, c)
	switch {
	case ctx.Err() != nil:
	case w == nil:
		b.Clear(c.Code)
	default:
		warning := *w
		warning.Code = c.Code
		b.Set(warning)
	}
}

// guarded turns a panic of a check into a warning.
func guarded(ctx context.Context, c Check) (w *Warning) {
	defer func() {
		if v := recover(); v != nil {
			w = &Warning{
				Severity: Warn,
				Text:     fmt.Sprintf("The check %s ended by an internal error: %v.", c.Code, v),
				Fix:      "Restart the appliance; if it happens again, report it.",
			}
		}
	}()
	return c.Run(ctx)
}
