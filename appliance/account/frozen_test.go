// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"
)

// What would be taken back without a word, while a version is on trial, is
// refused: a token that was revoked would be good again.
func TestNothingIsChangedWhileTheBookIsFrozen(t *testing.T) {
	b := open(t)
	u := b.add("carol", ReadOnly)
	_, token, err := b.NewToken(t.Context(), admin, u.ID, "ci", []string{"status:read"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	_, session := b.signIn("admin", good)
	frozen := errors.New("a version is on trial")
	var froze error
	b.book.Frozen = func(context.Context) error { return froze }
	all := func() any {
		users, err := b.Users(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tokens, err := b.Tokens(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		return []any{users, tokens}
	}
	before := all()
	name, other := "Carol of the night shift", "another long password"
	changes := []struct {
		what string
		do   func() error
	}{
		{"make an account", func() error {
			_, err := b.Add(t.Context(), admin, NewUser{Username: "dan", Password: good, Role: ReadOnly})
			return err
		}},
		{"change a name", func() error { return b.Update(t.Context(), admin, u.ID, UserChange{DisplayName: &name}) }},
		{"change a password", func() error { return b.ChangePassword(t.Context(), admin, u.ID, good, other) }},
		{"set a password", func() error { return b.Update(t.Context(), admin, u.ID, UserChange{Password: &name}) }},
		{"make a token", func() error {
			_, _, err := b.NewToken(t.Context(), admin, u.ID, "more", []string{"status:read"}, time.Hour)
			return err
		}},
		{"end a session", func() error { return b.EndSession(t.Context(), admin, session.ID) }},
		{"revoke a token", func() error { return b.RevokeToken(t.Context(), admin, token.ID) }},
		{"delete an account", func() error { return b.Delete(t.Context(), admin, u.ID) }},
	}
	froze = frozen
	for _, c := range changes {
		for range b.policy.FailedLimit + 1 { // a refusal is no wrong password
			if err := c.do(); !errors.Is(err, frozen) {
				t.Errorf("%s: %v", c.what, err)
			}
		}
	}
	if after := all(); !reflect.DeepEqual(after, before) {
		t.Errorf("changed:\n%+v\n%+v", before, after)
	}
	froze = nil
	for _, c := range changes {
		if err := c.do(); err != nil {
			t.Errorf("%s, afterwards: %v", c.what, err)
		}
	}
}
