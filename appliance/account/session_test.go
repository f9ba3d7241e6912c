// SPDX-License-Identifier: Apache-2.0

package account

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"understudy/appliance/audit"
)

// What ends a session and what does not: each row does something to a session
// that was just opened.
func TestTheLifeOfASession(t *testing.T) {
	yes, other, role := true, "another long password", ReadOnly
	for name, c := range map[string]struct {
		do    func(*box, Session)
		lives bool
	}{
		"nothing":                 {func(*box, Session) {}, true},
		"almost idle":             {func(b *box, _ Session) { b.pass(b.policy.Idle - 1) }, true},
		"idle":                    {func(b *box, _ Session) { b.pass(b.policy.Idle) }, false},
		"clock put back a little": {func(b *box, _ Session) { b.pass(1 - b.policy.Idle) }, true},
		"clock put back":          {func(b *box, _ Session) { b.pass(-b.policy.Idle) }, false},
		"signed out":              {func(b *box, s Session) { is(t, "sign out", b.SignOut(t.Context(), s), nil) }, false},
		"ended by hand":           {func(b *box, s Session) { is(t, "end", b.EndSession(t.Context(), admin, s.ID), nil) }, false},
		"another one ended": {func(b *box, _ Session) {
			_, s := b.signIn("grace", good)
			is(t, "end", b.EndSession(t.Context(), admin, s.ID), nil)
		}, true},
		"account deleted": {func(b *box, s Session) { is(t, "delete", b.Delete(t.Context(), admin, s.UserID), nil) }, false},
		"account disabled": {func(b *box, s Session) {
			is(t, "disable", b.Update(t.Context(), admin, s.UserID, UserChange{Disabled: &yes}), nil)
		}, false},
		"password replaced": {func(b *box, s Session) {
			is(t, "replace", b.Update(t.Context(), admin, s.UserID, UserChange{Password: &other}), nil)
		}, false},
		"password changed": {func(b *box, s Session) {
			is(t, "change", b.ChangePassword(t.Context(), admin, s.UserID, good, other), nil)
		}, false},
		"changed by itself": {func(b *box, s Session) {
			is(t, "change", b.ChangePassword(t.Context(), admin, s.UserID, good, other, s), nil)
		}, true},
		"display name edited": {func(b *box, s Session) {
			is(t, "edit", b.Update(t.Context(), admin, s.UserID, UserChange{DisplayName: &other}), nil)
		}, true},
		"role changed": {func(b *box, s Session) {
			is(t, "edit", b.Update(t.Context(), admin, s.UserID, UserChange{Role: &role}), nil)
		}, true},
		"a wrong sign-in": {func(b *box, _ Session) { b.fails("grace", "wrong") }, true},
		"the account locked": {func(b *box, _ Session) {
			for range b.policy.FailedLimit {
				b.fails("grace", "wrong")
			}
		}, true},
		"15 more sessions": {func(b *box, _ Session) {
			for range maxSessions - 1 {
				b.signIn("grace", good)
			}
		}, true},
		"16 more sessions": {func(b *box, _ Session) {
			b.pass(time.Second)
			for range maxSessions {
				b.signIn("grace", good)
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			b.add("grace", Administrator)
			secret, s := b.signIn("grace", good)
			c.do(b, s)
			got, err := b.Resume(t.Context(), secret)
			if c.lives && (err != nil || got.ID != s.ID) || !c.lives && !errors.Is(err, ErrNoSession) {
				t.Errorf("resumed as %+v, %v", got, err)
			}
			listed := false
			list, err := b.Sessions(t.Context())
			for _, l := range list {
				listed = listed || l.ID == s.ID
			}
			if err != nil || listed != c.lives {
				t.Errorf("listed %v, want %v, %v", listed, c.lives, err)
			}
		})
	}
}

func TestASessionEndsByAgeHoweverBusy(t *testing.T) {
	b := open(t)
	secret, _ := b.signIn("admin", good)
	const step = 20 * time.Minute
	for at := step; at < b.policy.Absolute; at += step {
		b.pass(step)
		s, err := b.Resume(t.Context(), secret)
		if err != nil || s.Expires.After(start.Add(b.policy.Absolute)) || !s.LastSeen.Equal(b.now()) {
			t.Fatalf("after %v: %+v, %v", at, s, err)
		}
	}
	b.pass(step)
	_, err := b.Resume(t.Context(), secret)
	is(t, "after its age", err, ErrNoSession)
	b.signIn("admin", good)
	if n := b.count("account_session"); n != 1 {
		t.Errorf("%d rows, want only the new session", n)
	}
}

func TestUseIsWrittenOnceAMinute(t *testing.T) {
	b := open(t)
	secret, s := b.signIn("admin", good)
	for range 59 {
		b.pass(time.Second)
		if got, err := b.Resume(t.Context(), secret); err != nil || !got.LastSeen.Equal(s.LastSeen) {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	b.pass(time.Second)
	if got, _ := b.Resume(t.Context(), secret); !got.LastSeen.Equal(start.Add(time.Minute)) || !got.Expires.Equal(start.Add(time.Minute+b.policy.Idle)) {
		t.Errorf("after a minute: %+v", got)
	}
}

// On a full disk people still get to the page that says so.
func TestUseThatCannotBeWritten(t *testing.T) {
	b := open(t)
	secret, s := b.signIn("admin", good)
	token, _, err := b.NewToken(t.Context(), admin, s.UserID, "monitor", []string{"status:read"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.exec("PRAGMA query_only = ON"); err != nil {
		t.Fatal(err)
	}
	b.pass(2 * touchEvery)
	if got, err := b.Resume(t.Context(), secret); err != nil || !got.LastSeen.Equal(start) || !got.Expires.Equal(start.Add(b.policy.Idle)) {
		t.Errorf("session %+v, %v", got, err)
	}
	if got, _, err := b.TokenSession(t.Context(), token); err != nil || !got.LastSeen.IsZero() {
		t.Errorf("token %+v, %v", got, err)
	}
	b.pass(b.policy.Idle)
	_, err = b.Resume(t.Context(), secret)
	is(t, "unused for too long, as far as is known", err, ErrNoSession)
}

func TestTheSecretIsNotStored(t *testing.T) {
	b := open(t)
	secret, s := b.signIn("admin", good)
	sum := sha256.Sum256([]byte(secret))
	if got := b.text("SELECT lower(hex(secret)) FROM account_session"); got != fmt.Sprintf("%x", sum) {
		t.Errorf("stored is %s", got)
	}
	for _, not := range []string{"", s.ID, secret + "x", secret[:len(secret)-1], fmt.Sprintf("%x", sum), string(sum[:])} {
		_, err := b.Resume(t.Context(), not)
		is(t, fmt.Sprintf("resumed with %q", not), err, ErrNoSession)
	}
	if again, _ := b.signIn("admin", good); again == secret {
		t.Error("two sessions have one secret")
	}
}

// Disabling removes sessions and tokens; should one remain, it opens nothing.
func TestADisabledAccountOpensNothing(t *testing.T) {
	b := open(t)
	secret, s := b.signIn("admin", good)
	token, _, err := b.NewToken(t.Context(), admin, s.UserID, "ci", []string{"status:read"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "disable beneath", b.exec("UPDATE account_user SET disabled = 1"), nil)
	_, err = b.Resume(t.Context(), secret)
	is(t, "the session", err, ErrNoSession)
	_, _, err = b.TokenSession(t.Context(), token)
	is(t, "the token", err, ErrNoSession)
	if list, err := b.Sessions(t.Context()); len(list) != 0 || err != nil {
		t.Errorf("listed %+v, %v", list, err)
	}
}

func TestARoleIsWhatItIsNow(t *testing.T) {
	b := open(t)
	u := b.add("grace", Administrator)
	secret, _ := b.signIn("grace", good)
	role, must := ReadOnly, true
	is(t, "update", b.Update(t.Context(), admin, u.ID, UserChange{Role: &role, MustChange: &must}), nil)
	if s, err := b.Resume(t.Context(), secret); err != nil || s.Role != ReadOnly || !s.MustChange {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestEndingSessionsIsRecorded(t *testing.T) {
	b := open(t)
	_, s := b.signIn("admin", good)
	is(t, "no such session", b.EndSession(t.Context(), admin, "none"), ErrNotFound)
	is(t, "end", b.EndSession(t.Context(), audit.Actor{Name: "grace", Via: "api"}, s.ID), nil)
	is(t, "end twice", b.EndSession(t.Context(), admin, s.ID), ErrNotFound)
	if got := b.audited("session.end"); got != "grace admin ok: session from 192.0.2.7, Browser 1.0" {
		t.Errorf("audited %q", got)
	}
	is(t, "sign out of an ended one", b.SignOut(t.Context(), s), nil)
	if got := b.audited("sign-out"); got != "admin admin ok: " {
		t.Errorf("audited %q", got)
	}
}

func TestWhatAClientSaysOfItselfIsShortened(t *testing.T) {
	b := open(t)
	_, s, err := b.SignIn(t.Context(), page, "admin", good, strings.Repeat("ä", 500)+"\x00", KindAPI)
	if err != nil || len(s.Agent) > 200 || strings.ContainsFunc(s.Agent, func(r rune) bool { return r != 'ä' }) {
		t.Errorf("agent %q, %v", s.Agent, err)
	}
}

func TestReauthenticate(t *testing.T) {
	b := open(t)
	secret, s := b.signIn("admin", good)
	is(t, "a wrong password", b.Reauthenticate(t.Context(), s, "wrong"), ErrCredentials)
	if now, _ := b.Resume(t.Context(), secret); !now.ReauthUntil.IsZero() {
		t.Errorf("the window is open until %v", now.ReauthUntil)
	}
	is(t, "the right one", b.Reauthenticate(t.Context(), s, good), nil)
	if now, _ := b.Resume(t.Context(), secret); !now.ReauthUntil.Equal(start.Add(b.policy.Reauth)) {
		t.Errorf("the window is open until %v", now.ReauthUntil)
	}
	b.pass(-time.Second)
	if now, _ := b.Resume(t.Context(), secret); now.ReauthUntil.IsZero() {
		t.Error("the clock was put right by a second, and the window is closed")
	}
	b.pass(-time.Minute)
	if now, err := b.Resume(t.Context(), secret); err != nil || !now.ReauthUntil.IsZero() {
		t.Errorf("the clock was put back, and the window is open for %v, %v", now.ReauthUntil.Sub(b.now()), err)
	}
	b.pass(time.Minute + time.Second)
	if got, want := b.audited("reauthenticate"), "admin admin ok: ; admin admin refused: wrong password"; got != want {
		t.Errorf("audited %q, want %q", got, want)
	}
	for range b.policy.FailedLimit {
		is(t, "guesses", b.Reauthenticate(t.Context(), s, "wrong"), ErrCredentials)
	}
	var locked *LockedError
	if err := b.Reauthenticate(t.Context(), s, good); !errors.As(err, &locked) {
		t.Errorf("after guesses: %v", err)
	}
	is(t, "sign out", b.SignOut(t.Context(), s), nil)
	is(t, "without a session", b.Reauthenticate(t.Context(), s, good), ErrNoSession)
}

// Any order of sign-ins, uses, waits and endings, against a model that knows
// only three times per session.
func TestAnyWalkOfSessions(t *testing.T) {
	type model struct {
		secret        string
		s             Session
		created, seen time.Time
		ended         bool
	}
	dir := t.TempDir()
	b := openIn(t, dir, func(p *Policy) { p.Argon2.MemoryKiB = 8 })
	if err := b.Bootstrap(t.Context(), "admin", hashed(t, good), false); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		if err := b.exec("DELETE FROM account_session"); err != nil {
			t.Fatal(err)
		}
		var all []*model
		pick := func(t *rapid.T) *model {
			if len(all) == 0 {
				t.Skip()
			}
			return all[rapid.IntRange(0, len(all)-1).Draw(t, "session")]
		}
		alive := func(m *model) bool {
			return !m.ended && b.now().Sub(m.seen) < b.policy.Idle && b.now().Sub(m.created) < b.policy.Absolute
		}
		t.Repeat(map[string]func(*rapid.T){
			"sign in": func(t *rapid.T) {
				if len(all) == maxSessions {
					t.Skip()
				}
				secret, s, err := b.SignIn(t.Context(), page, "admin", good, "", KindWeb)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, &model{secret: secret, s: s, created: b.now(), seen: b.now()})
			},
			"use": func(t *rapid.T) {
				m := pick(t)
				_, err := b.Resume(t.Context(), m.secret)
				if (err == nil) != alive(m) {
					t.Fatalf("resumed %v, alive %v", err, alive(m))
				}
				if err == nil && b.now().Sub(m.seen) >= touchEvery {
					m.seen = b.now()
				}
			},
			"wait": func(t *rapid.T) {
				b.pass(time.Duration(rapid.Int64Range(1, int64(b.policy.Absolute)/3).Draw(t, "wait")).Round(time.Millisecond))
			},
			"wait a little": func(t *rapid.T) { b.pass(10 * time.Minute) },
			"sign out": func(t *rapid.T) {
				m := pick(t)
				if err := b.SignOut(t.Context(), m.s); err != nil {
					t.Fatal(err)
				}
				m.ended = true
			},
			"": func(t *rapid.T) {
				want := map[string]bool{}
				for _, m := range all {
					if alive(m) {
						want[m.s.ID] = true
					}
				}
				list, err := b.Sessions(t.Context())
				if err != nil || len(list) != len(want) {
					t.Fatalf("%d sessions listed, want %d, %v", len(list), len(want), err)
				}
				for _, s := range list {
					if !want[s.ID] {
						t.Fatalf("listed though it ended: %+v", s)
					}
				}
			},
		})
	})
}
