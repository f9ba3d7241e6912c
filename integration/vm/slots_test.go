// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestReservationsWaitForEachOther uses real file locks; each open file has a
// lock of its own, so one process shows what several would do.
func TestReservationsWaitForEachOther(t *testing.T) {
	dir := t.TempDir()
	take := func(n int) *Reservation {
		t.Helper()
		r, err := reserve(t.Context(), dir, n, 3)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	one, two := take(1), take(1)
	got := make(chan *Reservation)
	go func() {
		r, err := reserve(t.Context(), dir, 2, 3)
		if err != nil {
			t.Error(err)
		}
		got <- r
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := reserve(ctx, dir, 3, 3); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("three slots beside two that are taken: %v", err)
	}
	select {
	case <-got:
		t.Fatal("two slots were given though one is free")
	default:
	}
	two.Release()
	pair := <-got
	pair.Release()
	pair.Release()
	one.Release()
	take(3).Release()
}

func TestSlots(t *testing.T) {
	if n, err := Slots(); err != nil || n < 1 || n > 4 {
		t.Errorf("%d slots, %v", n, err)
	}
}
