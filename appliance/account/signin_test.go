// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"encoding/base64"
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

func TestSignIn(t *testing.T) {
	b := open(t)
	secret, s := b.signIn("  ADMIN ", good)
	if raw, err := base64.RawURLEncoding.DecodeString(secret); err != nil || len(raw) != 32 {
		t.Errorf("the secret %q has not 256 bits", secret)
	}
	if s.Username != "admin" || s.Role != Administrator || s.MustChange || s.Address != page.Address || s.Agent != "Browser 1.0" || s.Kind != KindWeb {
		t.Errorf("session %+v", s)
	}
	if strings.Contains(secret, s.ID) || !s.Created.Equal(start) || !s.Expires.Equal(start.Add(b.policy.Idle)) || !s.ReauthUntil.IsZero() {
		t.Errorf("session %+v", s)
	}
	if got := b.user("admin").LastSignIn; !got.Equal(start) {
		t.Errorf("last sign-in %v", got)
	}
	if got, want := b.audited("sign-in"), "admin admin ok: Browser 1.0"; got != want {
		t.Errorf("audited %q, want %q", got, want)
	}
	if _, _, err := b.SignIn(t.Context(), page, "admin", good, "", "telnet"); err == nil {
		t.Error("signed in by an unknown kind of session")
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	b := open(t)
	grace := b.add("grace", ReadOnly)
	yes := true
	if err := b.Update(t.Context(), admin, grace.ID, UserChange{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ username, password, why string }{
		"a wrong password":       {"admin", "wrong", "wrong password"},
		"no password":            {"admin", "", "wrong password"},
		"a password with more":   {"admin", good + strings.Repeat(" ", 1<<20), "wrong password"},
		"no such user":           {"nobody", good, "no such user"},
		"no possible user":       {"' OR 1=1 --", good, "no such user"},
		"a disabled user":        {"grace", good, "the account is disabled"},
		"a disabled, wrong word": {"grace", "wrong", "wrong password"},
	} {
		is(t, name, b.fails(c.username, c.password), ErrCredentials)
		if got := b.audited("sign-in"); !strings.Contains(got, "refused: "+c.why) {
			t.Errorf("%s: audited %q, want %q", name, got, c.why)
		}
	}
	if strings.Contains(b.audited(""), "OR 1=1") {
		t.Error("what cannot be a user name stands in the audit log")
	}
}

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
	if recorded != 1000 || len(events) > 100 {
		t.Errorf("%d guesses recorded in %d events, want 1000 in few", recorded, len(events))
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

// What can happen between the look at a password and the session.
func TestAnAccountThatChangesMeanwhile(t *testing.T) {
	yes, other, role := true, "another long password", ReadOnly
	for name, c := range map[string]struct {
		do   func(*box, User)
		fine bool
	}{
		"nothing":      {func(*box, User) {}, true},
		"another role": {func(b *box, u User) { is(t, "role", b.Update(t.Context(), admin, u.ID, UserChange{Role: &role}), nil) }, true},
		"disabled": {func(b *box, u User) {
			is(t, "disable", b.Update(t.Context(), admin, u.ID, UserChange{Disabled: &yes}), nil)
		}, false},
		"another password": {func(b *box, u User) {
			b.pass(1e6)
			is(t, "replace", b.Update(t.Context(), admin, u.ID, UserChange{Password: &other}), nil)
		}, false},
		"deleted": {func(b *box, u User) { is(t, "delete", b.Delete(t.Context(), admin, u.ID), nil) }, false},
		"deleted and added": {func(b *box, u User) {
			is(t, "delete", b.Delete(t.Context(), admin, u.ID), nil)
			b.add("grace", Administrator)
		}, false},
	} {
		b := open(t)
		u := b.add("grace", Administrator)
		c.do(b, u)
		_, _, err := b.openSession(t.Context(), u, phc{argon: quick}, good, Session{Kind: KindWeb})
		if c.fine && err != nil || !c.fine && !errors.Is(err, ErrCredentials) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnOverlongPasswordIsWrongWhateverTheHash(t *testing.T) {
	b := openIn(t, t.TempDir(), nil)
	if err := b.Bootstrap(t.Context(), "admin", hashed(t, ""), false); err != nil {
		t.Fatal(err)
	}
	is(t, "a megabyte", b.fails("admin", strings.Repeat("x", 1<<20)), ErrCredentials)
}

func TestRehashOnSignIn(t *testing.T) {
	dir := t.TempDir()
	b := openIn(t, dir, nil)
	if err := b.Bootstrap(t.Context(), "admin", hashed(t, good), false); err != nil {
		t.Fatal(err)
	}
	stronger := Argon2{Time: 2, MemoryKiB: 128, Threads: 1}
	b = openIn(t, dir, func(p *Policy) { p.Argon2 = stronger })
	b.signIn("admin", good)
	if got := b.text("SELECT password FROM account_user"); !strings.Contains(got, "m=128,t=2,p=1") {
		t.Errorf("still hashed as %s", got)
	}
	b.signIn("admin", good)
	is(t, "wrong password", b.fails("admin", "wrong"), ErrCredentials)
}

func TestTheHasherIsBounded(t *testing.T) {
	h := newHasher(2)
	gate := make(chan struct{})
	var running, most atomic.Int32
	work := func() error {
		n := running.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-gate
		running.Add(-1)
		return nil
	}
	results := make(chan error, 100)
	for range cap(results) {
		go func() { results <- h.do(context.Background(), work) }()
	}
	for range cap(results) - 2 - maxWaiting {
		is(t, "beyond the queue", <-results, ErrBusy)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	is(t, "a full queue", h.do(ctx, work), ErrBusy)
	close(gate)
	for range 2 + maxWaiting {
		is(t, "in the queue", <-results, nil)
	}
	if most.Load() != 2 {
		t.Errorf("%d at once, want 2", most.Load())
	}
	is(t, "afterwards", h.do(t.Context(), func() error { return nil }), nil)
	h.slots <- struct{}{}
	h.slots <- struct{}{}
	is(t, "who gives up", h.do(ctx, work), context.Canceled)
}

// The real parameters take their time, and an unknown user takes as long.
func TestUnknownUsersTakeAsLong(t *testing.T) {
	dir := t.TempDir()
	b := openIn(t, dir, func(p *Policy) { p.Argon2, p.FailedLimit = DefaultPolicy().Argon2, 0 })
	hash, err := HashPassword(b.policy.Argon2, good)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Bootstrap(t.Context(), "admin", hash, false); err != nil {
		t.Fatal(err)
	}
	fastest := map[string]time.Duration{}
	for range 5 {
		for _, name := range []string{"admin", "nobody", "not a name"} {
			begin := time.Now()
			b.fails(name, "wrong")
			if took := time.Since(begin); fastest[name] == 0 || took < fastest[name] {
				fastest[name] = took
			}
		}
	}
	for name, took := range fastest {
		if took < fastest["admin"]/3 || took > 3*fastest["admin"] {
			t.Errorf("%s takes %v, admin %v", name, took, fastest["admin"])
		}
	}
}
