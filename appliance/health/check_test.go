// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// running runs f beside a board that runs, in virtual time.
func running(t *testing.T, before []Check, f func(t *testing.T, b *Board)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := openBoard(t, dir)
		for _, c := range before {
			b.Register(c)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- b.Run(ctx) }()
		synctest.Wait()
		f(t, b)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("run ended with %v", err)
		}
		if err := b.db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestAChecksWarningComesAndGoes(t *testing.T) {
	var runs atomic.Int32
	var found atomic.Pointer[Warning]
	check := Check{Code: "clock", Every: time.Minute, Run: func(context.Context) *Warning { runs.Add(1); return found.Load() }}
	running(t, []Check{check}, func(t *testing.T, b *Board) {
		if runs.Load() != 1 || codes(b) != "" {
			t.Errorf("at the start: ran %d times, on the board %q", runs.Load(), codes(b))
		}
		found.Store(&Warning{Code: "misspelt", Severity: Warn, Text: "No server answers."})
		pass(time.Minute)
		if runs.Load() != 2 || codes(b) != "clock" {
			t.Errorf("after a minute: ran %d times, on the board %q", runs.Load(), codes(b))
		}
		found.Store(nil)
		pass(time.Minute)
		if codes(b) != "" {
			t.Errorf("healed, and on the board is %q", codes(b))
		}
	})
	if runs.Load() != 3 {
		t.Errorf("ran %d times, want 3", runs.Load())
	}
}

func TestAHangingCheckDoesNotHoldUpOthers(t *testing.T) {
	var others atomic.Int32
	running(t, []Check{
		{Code: "hangs", Every: time.Minute, Run: func(ctx context.Context) *Warning {
			<-ctx.Done()
			return &Warning{Severity: Warn, Text: "It took too long."}
		}},
		{Code: "other", Every: time.Minute, Run: func(context.Context) *Warning { others.Add(1); return nil }},
	}, func(t *testing.T, b *Board) {
		pass(5*time.Minute + time.Second)
		if others.Load() != 6 {
			t.Errorf("the other check ran %d times in five minutes, want 6", others.Load())
		}
		if codes(b) != "hangs" {
			t.Errorf("on the board: %q", codes(b))
		}
	})
}

func TestTheEndOfRunIsNoFinding(t *testing.T) {
	var b *Board
	running(t, []Check{{Code: "slow", Every: time.Hour, Run: func(ctx context.Context) *Warning {
		<-ctx.Done()
		return &Warning{Severity: Critical}
	}}}, func(_ *testing.T, board *Board) { b = board })
	if codes(b) != "" {
		t.Errorf("on the board: %q", codes(b))
	}
}

func TestAPanicOfACheckIsAWarning(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	running(t, []Check{{Code: "odd", Every: time.Minute, Run: func(context.Context) *Warning {
		if broken.Load() {
			panic("oh")
		}
		return nil
	}}}, func(t *testing.T, b *Board) {
		if list := b.List(); len(list) != 1 || list[0].Code != "odd" || !strings.Contains(list[0].Text, "internal error") {
			t.Errorf("on the board: %+v", list)
		}
		broken.Store(false)
		pass(time.Minute)
		if codes(b) != "" {
			t.Errorf("healed, and on the board is %q", codes(b))
		}
	})
}

func TestACheckRegisteredLateRunsAtOnce(t *testing.T) {
	running(t, nil, func(t *testing.T, b *Board) {
		b.Register(Check{Code: "late", Every: time.Hour, Run: func(context.Context) *Warning { return &Warning{} }})
		synctest.Wait()
		if codes(b) != "late" {
			t.Errorf("on the board: %q", codes(b))
		}
	})
}

func TestACheckWithoutAnIntervalDoesNotSpin(t *testing.T) {
	var runs atomic.Int32
	running(t, []Check{{Code: "eager", Run: func(context.Context) *Warning { runs.Add(1); return nil }}}, func(*testing.T, *Board) {
		pass(10 * time.Second)
	})
	if runs.Load() > 11 {
		t.Errorf("ran %d times in ten seconds", runs.Load())
	}
}
