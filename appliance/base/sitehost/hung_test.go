// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/appliance/base/boot"
	"understudy/appliance/basectl"
)

// hung is a site that has crashed, was started again, and takes connections
// without an answer since.
type hung struct {
	running bool
	starts  int
}

func (h *hung) RunSite(ctx context.Context, _ string) error {
	if h.running {
		return errors.New("it still runs")
	}
	h.running = true
	h.starts++
	return ctx.Err()
}

func (h *hung) MigrateSite(context.Context, string) error { return errors.ErrUnsupported }

func (h *hung) StopSite(ctx context.Context, _ string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h.running = false
	return nil
}

func (h *hung) SiteStatus(ctx context.Context, _ string) (boot.SiteProcess, error) {
	return boot.SiteProcess{Running: h.running, Crashes: 1}, ctx.Err()
}

func newHung(t *testing.T) (*Host, *hung) {
	t.Helper()
	dir, err := os.MkdirTemp("", "box") // the name of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	programs := &hung{running: true}
	h, err := New(Config{State: dir, Run: dir, User: -1, Programs: programs, Now: time.Now,
		Facts: func() basectl.Facts { return basectl.Facts{} }, Settle: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	h.current.Store(&record{Generation: "a"})
	socket := h.socket("a", "control")
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	return h, programs
}

// A site that hangs may be why there is an update: it is ended, though waiting
// for its answer has used up the time that writes have to end.
func TestASiteThatHangsMakesWay(t *testing.T) {
	h, programs := newHung(t)
	in := &install{host: h, old: h.current.Load(), reason: "an update"}
	if err := in.freeze(t.Context()); err != nil || programs.running {
		t.Errorf("%v, it runs: %v", err, programs.running)
	}
	if err := in.thaw(t.Context()); err != nil || !programs.running {
		t.Errorf("taken back: %v, it runs: %v", err, programs.running)
	}
	// It has not ended in time: it would, and then nobody would start it.
	if err := in.thaw(t.Context()); err != nil || programs.starts != 2 {
		t.Errorf("taken back: %v, %d starts", err, programs.starts)
	}
}

// A program that runs is no site that serves: one that hangs is told of, once
// it has had the time that a start takes.
func TestASiteThatHangsIsTold(t *testing.T) {
	h, programs := newHung(t)
	now := time.Now()
	h.config.Now = func() time.Time { return now }
	look := func() {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		h.attend(ctx)
	}
	look()
	if w := h.Check().Run(t.Context()); w != nil {
		t.Errorf("at once: %s", w.Text)
	}
	now = now.Add(silentLimit)
	look()
	if w := h.Check().Run(t.Context()); w == nil || !strings.Contains(w.Text, "does not answer") {
		t.Errorf("after a while: %+v", w)
	}
	programs.running = false
	if w := h.Check().Run(t.Context()); w == nil || strings.Contains(w.Text, "does not answer") {
		t.Errorf("when it is down: %+v", w)
	}
	programs.running = true
	h.serve("a") // another start, or another site
	if w := h.Check().Run(t.Context()); w != nil {
		t.Errorf("afterwards: %s", w.Text)
	}
}

// A page that wants to know who is signed in does not wait for whoever looks
// after a site that hangs.
func TestAPageDoesNotWaitForASiteThatHangs(t *testing.T) {
	h, _ := newHung(t)
	h.asking <- struct{}{} // as Run has it for the time of a look
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if n, err := h.Sessions(ctx); err == nil {
		t.Errorf("%d sessions", n)
	}
}
