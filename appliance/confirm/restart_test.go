// SPDX-License-Identifier: Apache-2.0

package confirm

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"understudy/appliance/audit"
)

func TestARestartRevertsWhatWaited(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := start(t, dir)
		if _, _, err := b.book.Put(t.Context(), ada, "network", 0, "old", "first"); err != nil {
			t.Fatal(err)
		}
		b.change("new")
		b.stop()

		b = start(t, dir)
		b.want("old", 0) // without a moment of waiting
		if got := b.audited(); got != "change.revert ok by system" {
			t.Errorf("audited: %s", got)
		}
		b.stop()
	})
}

func TestAChangeConfirmedBeforeRunHasFoundIt(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := start(t, dir)
		if _, _, err := b.book.Put(t.Context(), ada, "network", 0, "old", "first"); err != nil {
			t.Fatal(err)
		}
		p := b.change("new")
		late := New(b.db, b.book, b.log, time.Now) // the next run, not running yet
		if err := late.Confirm(t.Context(), ada, p.ID); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		b.want("new", 0)
		b.stop()
	})
}

func TestARevertThatFailsIsTriedAgain(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		b.broken.Store(true)
		b.change("new")
		time.Sleep(time.Minute)
		b.want("new", 1)
		if n := b.failed.Load(); n != 1 {
			t.Errorf("told of %d failures, want 1", n)
		}
		time.Sleep(firstRetry + 2*firstRetry + 4*firstRetry)
		synctest.Wait()
		if n := b.failed.Load(); n != 4 {
			t.Errorf("told of %d failures after three more waits, want 4", n)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n, most := int(b.failed.Load()), int(24*time.Hour/lastRetry)+12; n > most || n < most-12 {
			t.Errorf("%d failures in a day, want about %d", n, most)
		}
		b.broken.Store(false)
		time.Sleep(lastRetry)
		b.want("old", 0)
		if got := b.audited(); !strings.HasPrefix(got, "change.revert failed by system, ") || !strings.HasSuffix(got, "change.revert ok by system") {
			t.Errorf("audited: %.200s", got)
		}
	})
}

func TestAChangeThatCannotBeRevertedCanBeKept(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		b.broken.Store(true)
		p := b.change("new")
		if err := b.guard.Undo(t.Context(), ada, p.ID); !errors.Is(err, errs) {
			t.Errorf("undone: %v", err)
		}
		b.want("new", 1)
		if err := b.guard.Confirm(t.Context(), ada, p.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		b.want("new", 0)
	})
}

func TestAnUndoThatFailsGoesOn(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		b.broken.Store(true)
		p := b.change("new")
		if err := b.guard.Undo(t.Context(), ada, p.ID); err == nil {
			t.Error("undone")
		}
		b.broken.Store(false)
		time.Sleep(firstRetry) // long before the deadline
		b.want("old", 0)
	})
}

func TestTooLateWhileItReverts(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		slow := make(chan struct{})
		b.book.Handle("network", func(ctx context.Context, by audit.Actor, doc json.RawMessage, reason string) error {
			<-slow
			_, _, err := b.book.Put(ctx, by, "network", -1, doc, reason)
			b.apply("old")
			return err
		})
		p := b.change("new")
		time.Sleep(time.Minute)
		synctest.Wait()
		if err := b.guard.Confirm(t.Context(), ada, p.ID); !errors.Is(err, ErrReverting) {
			t.Errorf("confirmed while it reverts: %v", err)
		}
		if err := b.guard.Undo(t.Context(), ada, p.ID); !errors.Is(err, ErrReverting) {
			t.Errorf("undone while it reverts: %v", err)
		}
		close(slow)
		b.want("old", 0)
	})
}

func TestAPanicWhileRevertingIsAFailure(t *testing.T) {
	in(t, func(t *testing.T, b *box) {
		b.book.Handle("network", func(context.Context, audit.Actor, json.RawMessage, string) error { panic("oh") })
		b.change("new")
		time.Sleep(time.Minute)
		b.want("new", 1)
		if n := b.failed.Load(); n != 1 {
			t.Errorf("told of %d failures, want 1", n)
		}
	})
}

// Who confirms a change of an earlier run has it alone, also if Run finds it at
// that moment: what he was told stays true.
func TestAChangeFoundWhileItIsConfirmed(t *testing.T) {
	s := newSchedule()
	now := time.Now()
	if !s.take("a") {
		t.Fatal("nobody has it")
	}
	s.set("a", now)
	if ids, _, _ := s.due(now); len(ids) != 0 {
		t.Errorf("it is reverted while it is confirmed: %v", ids)
	}
	s.release("a") // it could not be confirmed
	if ids, _, _ := s.due(now); len(ids) != 1 {
		t.Errorf("it is not reverted: %v", ids)
	}
}
