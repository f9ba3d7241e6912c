// SPDX-License-Identifier: Apache-2.0

package console

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSerialTellsOnlyChanges(t *testing.T) {
	var out bytes.Buffer
	se := &Serial{Out: &out}
	show := func(s State) string {
		t.Helper()
		out.Reset()
		if err := se.Show(s); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	first := show(healthy())
	for _, want := range []string{"status: product: Understudy 3.3.2\r\n", "status: address: 192.0.2.10/24  eth0, static\r\n",
		"status: pages: https://192.0.2.10/appliance\r\n", "status: certificate SHA-256: AB:CD"} {
		if !strings.Contains(first, want) {
			t.Errorf("first output lacks %q:\n%s", want, first)
		}
	}
	if strings.Index(first, "sign-in by") > strings.Index(first, "network.change by") {
		t.Error("events are not oldest first")
	}
	later := healthy()
	later.Now = noon.Add(time.Hour)
	if got := show(later); got != "" {
		t.Errorf("time alone wrote %q", got)
	}
	later.Warnings = troubled().Warnings[1:]
	later.Addresses = later.Addresses[1:]
	if got, want := show(later), "status: address gone: 192.0.2.10/24  eth0, static\r\n"+
		"status: health: Warning: The machine has 2 GiB of memory; this model wants 4 GiB.\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	later.Warnings = nil
	if got := show(later); !strings.Contains(got, "status: health: OK\r\n") {
		t.Errorf("healing wrote %q", got)
	}
}

// failing is a port that does not take anything while it is broken.
type failing struct {
	took   strings.Builder
	broken bool
}

func (f *failing) Write(b []byte) (int, error) {
	if f.broken {
		return 0, errors.New("broken")
	}
	return f.took.Write(b)
}

// What could not be written is still news once the port works again.
func TestSerialTellsWhatItCouldNotTell(t *testing.T) {
	out := &failing{broken: true}
	se := &Serial{Out: out}
	if err := se.Show(healthy()); err == nil {
		t.Fatal("a broken port is no error")
	}
	out.broken = false
	if err := se.Show(healthy()); err != nil || !strings.Contains(out.took.String(), "status: product: Understudy 3.3.2\r\n") {
		t.Errorf("it wrote %q, %v", out.took.String(), err)
	}
}

func TestScreenDrawsExactlyItsSize(t *testing.T) {
	var out bytes.Buffer
	sc := &Screen{Out: &out, Size: func() (int, int) { return 80, 25 }}
	if err := sc.Show(troubled()); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if n := strings.Count(text, "\r\n"); n != 24 {
		t.Errorf("%d line breaks on a screen of 25: it would scroll", n)
	}
	if !strings.Contains(text, "\x1b[1;31m   Critical") {
		t.Error("the critical warning is not red")
	}
}

// shown is a display that hands its states to the test.
type shown chan State

func (c shown) Show(s State) error { c <- s; return nil }

type broken struct{}

func (broken) Show(State) error { return errors.New("no paper") }

func TestRunShowsChangesAndMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		state := func(context.Context) State { n++; return State{Hostname: strings.Repeat("x", n)} }
		changed := make(chan struct{})
		display, stuck, failures := make(shown), make(shown), make(chan error, 10)
		done := make(chan struct{})
		go func() {
			defer close(done)
			Run(ctx, state, changed, func(err error) { failures <- err }, stuck, display, broken{})
		}()
		start := time.Now()
		if s := <-display; s.Hostname != "x" {
			t.Errorf("first state %q", s.Hostname)
		}
		changed <- struct{}{}
		if s := <-display; s.Hostname != "xx" || time.Since(start) != 0 {
			t.Errorf("after a change: %q, %v later", s.Hostname, time.Since(start))
		}
		if s := <-display; s.Hostname != "xxx" || time.Since(start) != redrawEvery {
			t.Errorf("after nothing: %q, %v later", s.Hostname, time.Since(start))
		}
		if err := <-failures; err == nil || err.Error() != "no paper" {
			t.Errorf("failure %v", err)
		}
		cancel()
		<-done // although one display never took its state
		<-stuck
	})
}
