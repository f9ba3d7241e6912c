// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
)

// cutting ends whoever calls it at one of the points of an installation, as a
// power cut does: nothing is undone.
type cutting struct {
	Programs
	point string
	off   bool
}

func (c *cutting) passes(point string) {
	if c.off = point == c.point; c.off {
		runtime.Goexit()
	}
}

func (c *cutting) Phase(i int)        { c.passes("before: " + Phases()[i]) }
func (c *cutting) Log(string, ...any) {}

func (c *cutting) Percent(n int) {
	if n == 100 {
		c.passes("the old one is gone")
	}
}

func (c *cutting) MigrateSite(ctx context.Context, g string) error {
	defer c.passes("while it migrates")
	return c.Programs.MigrateSite(ctx, g)
}

func (c *cutting) RunSite(ctx context.Context, g string) error {
	defer c.passes("while it starts")
	return c.Programs.RunSite(ctx, g)
}

func (c *cutting) StopSite(ctx context.Context, g string) error {
	c.passes("after: " + Phases()[len(steps)-1])
	return c.Programs.StopSite(ctx, g)
}

// powerCut installs a package up to a point and starts the box anew.
func (b *box) powerCut(p Package, point string) {
	b.t.Helper()
	c := &cutting{Programs: b.programs, point: point}
	b.config.Programs = c
	done := make(chan struct{})
	go func() { defer close(done); _ = b.Install(context.Background(), p, c) }()
	<-done
	if !c.off {
		b.t.Fatalf("it does not come to %q", point)
	}
	for _, g := range []string{"a", "b"} {
		if s, _ := b.programs.SiteStatus(b.t.Context(), g); s.Running {
			b.programs.Kill(b.t, g)
		}
	}
	if err := os.RemoveAll(b.programs.Run); err != nil {
		b.t.Fatal(err)
	}
	b.restart()
}

// The power goes at each step, one after the other. Until the switch the old
// site comes back, after it the new one does; each takes writes, nothing of the
// other is left, and the next try gets further.
func TestThePowerGoesAtAnyStep(t *testing.T) {
	b := newBox(t)
	b.mustInstall(packaged(t, "12.1.4", ""))
	next := packaged(t, "12.2.0", "")
	var before []string
	for _, name := range Phases() {
		before = append(before, "before: "+name)
	}
	for _, point := range append(before, "while it migrates", "while it starts") {
		b.powerCut(next, point)
		t.Log(point)
		b.runs("12.1.4")
	}
	for i, point := range []string{"after: Switching over", "the old one is gone"} {
		version := fmt.Sprintf("12.2.%d", i)
		b.powerCut(packaged(t, version, ""), point)
		t.Log(point)
		b.runs(version)
	}
	b.mustInstall(packaged(t, "14.2.1", ""))
	b.runs("14.2.1")
}
