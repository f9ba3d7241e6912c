// SPDX-License-Identifier: Apache-2.0

package account

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestATokenOpensItsScopes(t *testing.T) {
	b := open(t)
	u := b.add("robot", ReadOnly)
	secret, token, err := b.NewToken(t.Context(), admin, u.ID, " nightly check ", []string{"tasks:read", "status:read", "tasks:read"}, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, TokenPrefix) || len(secret) != len(TokenPrefix)+43 {
		t.Errorf("secret %q", secret)
	}
	if token.Name != "nightly check" || token.Username != "robot" || fmt.Sprint(token.Scopes) != "[status:read tasks:read]" || !token.Expires.Equal(start.Add(24*time.Hour)) {
		t.Errorf("token %+v", token)
	}
	b.pass(time.Hour)
	s, scopes, err := b.TokenSession(t.Context(), secret)
	if err != nil || s.UserID != u.ID || s.Role != ReadOnly || s.Kind != KindAPI || !s.LastSeen.Equal(b.now()) || fmt.Sprint(scopes) != "[status:read tasks:read]" {
		t.Errorf("session %+v, scopes %v, %v", s, scopes, err)
	}
	list, err := b.Tokens(t.Context(), u.ID)
	if err != nil || len(list) != 1 || !list[0].LastUsed.Equal(b.now()) || list[0].ID != token.ID {
		t.Errorf("listed %+v, %v", list, err)
	}
	if n := strings.Count(b.text("SELECT hex(secret) || name || scopes FROM account_token"), secret); n != 0 {
		t.Error("the secret is stored")
	}
	if got := b.audited("token.add"); got != "admin robot ok: nightly check, until 2026-03-02, for status:read tasks:read" || strings.Contains(got, secret) {
		t.Errorf("audited %q", got)
	}
	if sessions, _ := b.Sessions(t.Context()); len(sessions) != 0 {
		t.Errorf("a token is among the sessions: %+v", sessions)
	}
	if _, err := b.Resume(t.Context(), secret); !errors.Is(err, ErrNoSession) {
		t.Errorf("a token resumes a session: %v", err)
	}
	is(t, "reauthenticate", b.Reauthenticate(t.Context(), s, good), ErrNoSession)
}

func TestWhatEndsAToken(t *testing.T) {
	yes, other := true, "another long password"
	for name, c := range map[string]struct {
		do    func(*box, User, Token)
		lives bool
	}{
		"nothing":       {func(*box, User, Token) {}, true},
		"its day":       {func(b *box, _ User, _ Token) { b.pass(24 * time.Hour) }, false},
		"almost":        {func(b *box, _ User, _ Token) { b.pass(24*time.Hour - 1) }, true},
		"being revoked": {func(b *box, _ User, k Token) { is(t, "revoke", b.RevokeToken(t.Context(), admin, k.ID), nil) }, false},
		"a disabled user": {func(b *box, u User, _ Token) {
			is(t, "disable", b.Update(t.Context(), admin, u.ID, UserChange{Disabled: &yes}), nil)
		}, false},
		"a deleted user": {func(b *box, u User, _ Token) { is(t, "delete", b.Delete(t.Context(), admin, u.ID), nil) }, false},
		"a changed password": {func(b *box, u User, _ Token) {
			is(t, "change", b.ChangePassword(t.Context(), admin, u.ID, good, other), nil)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			u := b.add("robot", ReadOnly)
			secret, token, err := b.NewToken(t.Context(), admin, u.ID, "ci", []string{"status:read"}, 24*time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			c.do(b, u, token)
			if _, _, err := b.TokenSession(t.Context(), secret); (err == nil) != c.lives || err != nil && !errors.Is(err, ErrNoSession) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestBadTokensAreRefused(t *testing.T) {
	b := open(t)
	many := make([]string, maxScopes+1)
	for i := range many {
		many[i] = fmt.Sprintf("%c%c:read", 'a'+i/26, 'a'+i%26)
	}
	for name, c := range map[string]struct {
		token  string
		scopes []string
		ttl    time.Duration
		field  string
	}{
		"no name":       {" ", []string{"a:b"}, time.Hour, "name"},
		"a long name":   {strings.Repeat("x", 65), []string{"a:b"}, time.Hour, "name"},
		"no scope":      {"ci", nil, time.Hour, "scopes"},
		"a wrong scope": {"ci", []string{"everything"}, time.Hour, "scopes"},
		"too many":      {"ci", many, time.Hour, "scopes"},
		"no time":       {"ci", []string{"a:b"}, 0, "expires"},
		"past":          {"ci", []string{"a:b"}, -time.Hour, "expires"},
		"for ever":      {"ci", []string{"a:b"}, MaxTokenAge + 1, "expires"},
	} {
		var invalid *InvalidError
		if _, _, err := b.NewToken(t.Context(), admin, 1, c.token, c.scopes, c.ttl); !errors.As(err, &invalid) || invalid.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, err := b.NewToken(t.Context(), admin, 99, "ci", []string{"a:b"}, time.Hour)
	is(t, "for nobody", err, ErrNotFound)
	is(t, "revoke none", b.RevokeToken(t.Context(), admin, 99), ErrNotFound)
	for _, secret := range []string{"", "usk_", "usk_" + strings.Repeat("A", 43)} {
		_, _, err := b.TokenSession(t.Context(), secret)
		is(t, "use of "+secret, err, ErrNoSession)
	}
}

func TestTokensAreBounded(t *testing.T) {
	b := open(t)
	make := func() error {
		_, _, err := b.NewToken(t.Context(), admin, 1, "ci", []string{"a:b"}, time.Hour)
		return err
	}
	for range maxTokens {
		is(t, "make", make(), nil)
	}
	var invalid *InvalidError
	if err := make(); !errors.As(err, &invalid) {
		t.Errorf("one more: %v", err)
	}
	b.pass(time.Hour)
	is(t, "when the others have ended", make(), nil)
	if n := b.count("account_token"); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}
