// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/appliance/audit"
)

func TestLockout(t *testing.T) {
	for _, name := range []string{"admin", "nobody", "no body at all!"} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			for i := range b.policy.FailedLimit {
				is(t, fmt.Sprint("failure ", i), b.fails(name, "wrong"), ErrCredentials)
			}
			until := start.Add(b.policy.Lockout)
			for _, password := range []string{"wrong", good} {
				var locked *LockedError
				if err := b.fails(name, password); !errors.As(err, &locked) || !locked.Until.Equal(until) {
					t.Errorf("with %q: %v, want a lock until %v", password, err, until)
				}
			}
			if !strings.Contains(b.audited("user.lock"), "5 wrong passwords") {
				t.Errorf("audited %q", b.audited("user.lock"))
			}
			b.pass(b.policy.Lockout - time.Millisecond)
			var locked *LockedError
			if err := b.fails(name, "wrong"); !errors.As(err, &locked) {
				t.Errorf("at the end: %v", err)
			}
			b.pass(time.Millisecond)
			for i := range b.policy.FailedLimit { // all of them again
				is(t, fmt.Sprint("afterwards, failure ", i), b.fails(name, "wrong"), ErrCredentials)
			}
			if err := b.fails(name, "wrong"); !errors.As(err, &locked) {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestWhatForgivesFailures(t *testing.T) {
	other := "another long password"
	for name, forgiven := range map[string]func(*box){
		"a sign-in":            func(b *box) { b.signIn("admin", good) },
		"a new password":       func(b *box) { is(t, "change", b.ChangePassword(t.Context(), admin, 1, good, other), nil) },
		"one by somebody else": func(b *box) { is(t, "update", b.Update(t.Context(), admin, 1, UserChange{Password: &other}), nil) },
		"an administrator":     func(b *box) { is(t, "unlock", b.Unlock(t.Context(), admin, 1), nil) },
		"time":                 func(b *box) { b.pass(b.policy.Lockout) },
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			for range 3 {
				for range b.policy.FailedLimit - 1 {
					is(t, "failure", b.fails("admin", "wrong"), ErrCredentials)
				}
				forgiven(b)
				if name != "a sign-in" && name != "time" && name != "an administrator" {
					break
				}
			}
			is(t, "one more failure", b.fails("admin", "wrong"), ErrCredentials)
		})
	}
}

func TestUnlock(t *testing.T) {
	b := open(t)
	for range b.policy.FailedLimit {
		b.fails("admin", "wrong")
	}
	if got := b.user("admin").LockedUntil; !got.Equal(start.Add(b.policy.Lockout)) {
		t.Errorf("locked until %v", got)
	}
	if err := b.Unlock(t.Context(), admin, 1); err != nil {
		t.Fatal(err)
	}
	if got := b.user("admin").LockedUntil; !got.IsZero() {
		t.Errorf("unlocked, and locked until %v", got)
	}
	b.signIn("admin", good)
	is(t, "nobody", b.Unlock(t.Context(), admin, 99), ErrNotFound)
}

// A clock that was years ahead locks nobody out for years when it is right
// again.
func TestTheClockIsPutBackDuringALock(t *testing.T) {
	const years = 3 * 365 * 24 * time.Hour
	b := open(t)
	b.pass(years)
	for _, name := range []string{"admin", "nobody"} {
		for range b.policy.FailedLimit {
			b.fails(name, "wrong")
		}
	}
	b.pass(-years)
	if got := b.user("admin").LockedUntil; !got.IsZero() {
		t.Errorf("locked until %v", got)
	}
	for range b.policy.FailedLimit { // all of them again
		is(t, "one more failure", b.fails("nobody", "wrong"), ErrCredentials)
	}
	var locked *LockedError
	if err := b.fails("nobody", "wrong"); !errors.As(err, &locked) || !locked.Until.Equal(start.Add(b.policy.Lockout)) {
		t.Errorf("after guesses: %v", err)
	}
	b.signIn("admin", good)
}

func TestALockThatIsOverDoesNotShow(t *testing.T) {
	b := open(t)
	for range b.policy.FailedLimit {
		b.fails("admin", "wrong")
	}
	b.pass(b.policy.Lockout)
	if got := b.user("admin").LockedUntil; !got.IsZero() {
		t.Errorf("locked until %v", got)
	}
}

// A thousand guesses at once: no more than the limit are looked at, all are in
// the log, and memory is as before.
func TestAThousandAtOnce(t *testing.T) {
	b := open(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begun := time.Now()
	var looked, locked, busy, other atomic.Int32
	var group sync.WaitGroup
	for i := range 1000 {
		group.Go(func() {
			_, _, err := b.SignIn(context.Background(), page, "admin", fmt.Sprint("guess ", i), "", KindWeb)
			var l *LockedError
			switch {
			case errors.Is(err, ErrCredentials):
				looked.Add(1)
			case errors.As(err, &l):
				locked.Add(1)
			case errors.Is(err, ErrBusy):
				busy.Add(1)
			default:
				other.Add(1)
			}
		})
	}
	group.Wait()
	if looked.Load() != int32(b.policy.FailedLimit) || other.Load() != 0 {
		t.Errorf("%d looked at, %d locked, %d busy, %d other", looked.Load(), locked.Load(), busy.Load(), other.Load())
	}
	events, err := b.log.List(t.Context(), audit.Filter{Action: "sign-in", Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var recorded int64
	for _, e := range events {
		recorded += e.Count
	}
	// What is the same within a second is one event; a busy machine may need many.
	if few := 100 + 10*int(time.Since(begun)/time.Second); recorded != 1000 || len(events) > few {
		t.Errorf("%d guesses recorded in %d events, want 1000 in %d", recorded, len(events), few)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

func TestNamesThatWereTriedAreBounded(t *testing.T) {
	b := open(t)
	b.fails("admin", "wrong")
	for range b.policy.FailedLimit {
		b.fails("locked", "wrong")
	}
	b.pass(time.Second)
	write := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
		INSERT INTO account_failure SELECT 'name' || i, 1, ?, 0 FROM n`
	if err := b.exec(write, b.now().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	b.pass(time.Second)
	b.fails("another", "wrong")
	if n := b.count("account_failure"); n != maxNames {
		t.Errorf("%d names remembered, want %d", n, maxNames)
	}
	var locked *LockedError
	if err := b.fails("locked", "wrong"); !errors.As(err, &locked) {
		t.Errorf("a locked name was forgotten before its time: %v", err)
	}
	b.pass(b.policy.Lockout)
	b.fails("another", "wrong")
	if n := b.count("account_failure"); n != 1 {
		t.Errorf("%d names remembered after all their times, want 1", n)
	}
}
