// SPDX-License-Identifier: Apache-2.0

package account

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"understudy/appliance/audit"
	"understudy/appliance/revision"
)

func TestEachChangeIsARevision(t *testing.T) {
	b := open(t)
	if r := newest(t, b); r.By.Name != "system" || string(r.Before) != "null" {
		t.Errorf("the first revision is %+v", r)
	}
	u := b.add("grace", ReadOnly)
	r := newest(t, b)
	want := `{"users":{"admin":{"disabled":false,"displayName":"admin","role":"administrator"},"grace":{"disabled":false,"displayName":"grace","role":"read-only"}}}`
	if string(r.After) != want || r.Reason != "Added grace" || r.By != admin {
		t.Errorf("revision %+v\nafter %s", r, r.After)
	}
	if text := string(r.After) + string(r.Before); strings.Contains(text, "argon2id") {
		t.Error("a hash stands in a revision")
	}
	password := "another long password"
	is(t, "a new password", b.Update(t.Context(), admin, u.ID, UserChange{Password: &password}), nil)
	b.signIn("grace", password)
	if again := newest(t, b); again.ID != r.ID {
		t.Errorf("a new password and a sign-in made revision %+v", again)
	}
}

func TestRevertingChangesOfUsers(t *testing.T) {
	name, role, yes, no, password := "Admiral", Administrator, true, false, "another long password"
	for label, c := range map[string]struct {
		change        func(*box, User)
		changed, back string
	}{
		"an addition": {
			func(b *box, _ User) { b.add("late", ReadOnly) },
			"admin(admin,administrator) grace(grace,read-only) late(late,read-only)",
			"admin(admin,administrator) grace(grace,read-only)",
		},
		"an edit": {
			func(b *box, u User) {
				is(t, "edit", b.Update(t.Context(), admin, u.ID, UserChange{DisplayName: &name, Role: &role}), nil)
			},
			"admin(admin,administrator) grace(Admiral,administrator)",
			"admin(admin,administrator) grace(grace,read-only)",
		},
		"a disabling": {
			func(b *box, u User) {
				is(t, "edit", b.Update(t.Context(), admin, u.ID, UserChange{Disabled: &yes}), nil)
			},
			"admin(admin,administrator) grace(grace,read-only,disabled)",
			"admin(admin,administrator) grace(grace,read-only)",
		},
		"a deletion": {
			func(b *box, u User) { is(t, "delete", b.Delete(t.Context(), admin, u.ID), nil) },
			"admin(admin,administrator)",
			"admin(admin,administrator) grace(grace,read-only,disabled)",
		},
	} {
		t.Run(label, func(t *testing.T) {
			b := open(t)
			c.change(b, b.add("grace", ReadOnly))
			if got := b.list(); got != c.changed {
				t.Fatalf("changed to %s, want %s", got, c.changed)
			}
			r := newest(t, b)
			is(t, "revert", b.book.Revert(t.Context(), admin, r.ID), nil)
			if got := b.list(); got != c.back {
				t.Errorf("reverted to %s, want %s", got, c.back)
			}
			undo := newest(t, b)
			if undo.Reverts != r.ID || undo.By != admin {
				t.Errorf("the revert is %+v", undo)
			}
			if got := b.audited("user.revert"); !strings.Contains(got, "admin users ok: Revert of revision") {
				t.Errorf("audited %q", got)
			}
			is(t, "revert of the revert", b.book.Revert(t.Context(), admin, undo.ID), nil)
			if got := strings.ReplaceAll(b.list(), ",disabled", ""); got != strings.ReplaceAll(c.changed, ",disabled", "") {
				t.Errorf("reverted again to %s, want %s", got, c.changed)
			}
		})
	}

	t.Run("one that came back cannot be enabled by a revert", func(t *testing.T) {
		b := open(t)
		u := b.add("grace", ReadOnly)
		is(t, "disable", b.Update(t.Context(), admin, u.ID, UserChange{Disabled: &yes}), nil)
		disabling := newest(t, b)
		is(t, "delete", b.Delete(t.Context(), admin, u.ID), nil)
		is(t, "revert the deletion", b.book.Revert(t.Context(), admin, newest(t, b).ID), nil)
		var invalid *InvalidError
		if err := b.book.Revert(t.Context(), admin, disabling.ID); !errors.As(err, &invalid) {
			t.Errorf("revert of the disabling: %v", err)
		}
		if !b.user("grace").Disabled {
			t.Error("it is enabled without a password")
		}
	})

	t.Run("an account that came back", func(t *testing.T) {
		b := open(t)
		is(t, "delete", b.Delete(t.Context(), admin, b.add("grace", ReadOnly).ID), nil)
		is(t, "revert", b.book.Revert(t.Context(), admin, newest(t, b).ID), nil)
		u := b.user("grace")
		is(t, "the old password", b.fails("grace", good), ErrCredentials)
		var invalid *InvalidError
		if err := b.Update(t.Context(), admin, u.ID, UserChange{Disabled: &no}); !errors.As(err, &invalid) {
			t.Errorf("enabled without a password: %v", err)
		}
		is(t, "a password", b.Update(t.Context(), admin, u.ID, UserChange{Password: &password}), nil)
		is(t, "before it is enabled", b.fails("grace", password), ErrCredentials)
		is(t, "enable", b.Update(t.Context(), admin, u.ID, UserChange{Disabled: &no}), nil)
		b.signIn("grace", password)
	})
}

func TestARevertEndsWhatTheDisabledHave(t *testing.T) {
	b := open(t)
	u := b.add("grace", ReadOnly)
	yes, no := true, false
	is(t, "disable", b.Update(t.Context(), admin, u.ID, UserChange{Disabled: &yes}), nil)
	is(t, "enable", b.Update(t.Context(), admin, u.ID, UserChange{Disabled: &no}), nil)
	enabled := newest(t, b)
	secret, _ := b.signIn("grace", good)
	token, _, err := b.NewToken(t.Context(), admin, u.ID, "ci", []string{"status:read"}, MaxTokenAge)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "revert", b.book.Revert(t.Context(), admin, enabled.ID), nil)
	_, err = b.Resume(t.Context(), secret)
	is(t, "the session", err, ErrNoSession)
	_, _, err = b.TokenSession(t.Context(), token)
	is(t, "the token", err, ErrNoSession)
	if n := b.count("account_session") + b.count("account_token"); n != 0 {
		t.Errorf("%d rows of sessions and tokens remain", n)
	}
}

func TestARevertCannotRemoveTheOwnAccount(t *testing.T) {
	b := open(t)
	b.add("second", Administrator)
	added := newest(t, b)
	is(t, "by the second", b.book.Revert(t.Context(), audit.Actor{Name: "second"}, added.ID), ErrOwnAccount)
	is(t, "by the first", b.book.Revert(t.Context(), admin, added.ID), nil)
}

func TestARevertCannotRemoveTheLastAdministrator(t *testing.T) {
	b := open(t)
	b.add("second", Administrator)
	added := newest(t, b)
	is(t, "delete the first", b.Delete(t.Context(), audit.Actor{Name: "second"}, b.user("admin").ID), nil)
	is(t, "revert the second", b.book.Revert(t.Context(), admin, added.ID), ErrLastAdministrator)
	if got, want := b.list(), "second(second,administrator)"; got != want {
		t.Errorf("accounts %s, want %s", got, want)
	}
	is(t, "the first revision", b.book.Revert(t.Context(), admin, 1), revision.ErrFirst)
}

func TestBadDocumentsAreRefused(t *testing.T) {
	b := open(t)
	for name, doc := range map[string]string{
		"not JSON":         `{"users"`,
		"an unknown field": `{"users":{},"x":1}`,
		"a bad name":       `{"users":{"A B":{"displayName":"a","role":"read-only"}}}`,
		"another spelling": `{"users":{"ADMIN":{"displayName":"a","role":"administrator"}}}`,
		"a bad role":       `{"users":{"admin":{"displayName":"a","role":"root"}}}`,
		"nobody":           `{"users":{}}`,
	} {
		if err := b.apply(t.Context(), admin, json.RawMessage(doc), "test"); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if got := b.list(); got != "admin(admin,administrator)" {
		t.Errorf("accounts %s", got)
	}
}
