// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
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
	begun := make(chan struct{}, 100)
	work := func() error {
		n := running.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		begun <- struct{}{}
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
	for range 2 {
		<-begun
	}
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

func TestNobodyWaitsForASlotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(1)
		h.slots <- struct{}{}
		begun := time.Now()
		is(t, "a slot that nobody gives back", h.do(t.Context(), func() error { return nil }), ErrBusy)
		if waited := time.Since(begun); waited != longestWait {
			t.Errorf("waited %v", waited)
		}
		<-h.slots
		is(t, "afterwards", h.do(t.Context(), func() error { return nil }), nil)
	})
}

// The real parameters take their time, and an unknown user takes as long: of the
// processor's, since what others take of it meanwhile says nothing.
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
			begin := processorTime(t)
			b.fails(name, "wrong")
			if took := processorTime(t) - begin; fastest[name] == 0 || took < fastest[name] {
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

// processorTime is how long this program has run.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
