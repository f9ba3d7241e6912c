// SPDX-License-Identifier: Apache-2.0

package account

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"understudy/appliance/audit"
	"understudy/appliance/revision"
)

func TestAdd(t *testing.T) {
	b := open(t)
	u, err := b.Add(t.Context(), admin, NewUser{Username: "Grace", DisplayName: " Grace H. ", Password: good, Role: ReadOnly, MustChange: true})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := b.User(t.Context(), u.ID)
	if err != nil || stored != u || u.Username != "grace" || u.DisplayName != "Grace H." || !u.MustChange || !u.Created.Equal(start) {
		t.Errorf("added %+v, stored %+v, %v", u, stored, err)
	}
	if _, s := b.signIn("grace", good); s.Role != ReadOnly || !s.MustChange {
		t.Errorf("signed in as %+v", s)
	}
	if got, want := b.audited("user.add"), "admin grace ok: role read-only; system admin ok: first account"; got != want {
		t.Errorf("audited %q, want %q", got, want)
	}
}

func TestBadAccountsAreRefused(t *testing.T) {
	b := open(t)
	fine := NewUser{Username: "grace", Password: good, Role: ReadOnly}
	for name, c := range map[string]struct {
		change func(*NewUser)
		field  string
	}{
		"no name":            {func(n *NewUser) { n.Username = "" }, "username"},
		"a name with spaces": {func(n *NewUser) { n.Username = "grace hopper" }, "username"},
		"no role":            {func(n *NewUser) { n.Role = "" }, "role"},
		"an unknown role":    {func(n *NewUser) { n.Role = "root" }, "role"},
		"a long name":        {func(n *NewUser) { n.DisplayName = strings.Repeat("x", 101) }, "displayName"},
		"two lines":          {func(n *NewUser) { n.DisplayName = "a\nb" }, "displayName"},
	} {
		n := fine
		c.change(&n)
		var invalid *InvalidError
		if _, err := b.Add(t.Context(), admin, n); !errors.As(err, &invalid) || invalid.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	var weak *PolicyError
	if _, err := b.Add(t.Context(), admin, NewUser{Username: "grace", Password: "password", Role: ReadOnly}); !errors.As(err, &weak) {
		t.Errorf("a weak password: %v", err)
	}
	for _, name := range []string{"admin", "ADMIN", " admin "} {
		_, err := b.Add(t.Context(), admin, NewUser{Username: name, Password: good, Role: ReadOnly})
		is(t, "a name that is taken", err, ErrExists)
	}
	if got := b.list(); got != "admin(admin,administrator)" {
		t.Errorf("accounts %s", got)
	}
}

func TestUpdate(t *testing.T) {
	b := open(t)
	u := b.add("grace", ReadOnly)
	name, role, no, password := " Rear Admiral ", Administrator, false, "another long password"
	must := true
	err := b.Update(t.Context(), admin, u.ID, UserChange{DisplayName: &name, Role: &role, Disabled: &no, Password: &password, MustChange: &must})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.user("grace"); got.DisplayName != "Rear Admiral" || got.Role != Administrator || !got.MustChange {
		t.Errorf("changed to %+v", got)
	}
	is(t, "the old password", b.fails("grace", good), ErrCredentials)
	b.signIn("grace", password)
	if got, want := b.audited("user.edit"), "admin grace ok: display name Rear Admiral, role administrator, must change the password, new password"; got != want {
		t.Errorf("audited %q, want %q", got, want)
	}
	is(t, "no change", b.Update(t.Context(), admin, u.ID, UserChange{Role: &role}), nil)
	if n := strings.Count(b.audited("user.edit"), ";"); n != 0 {
		t.Errorf("no change was audited: %q", b.audited("user.edit"))
	}
	bad, weak := Role("root"), "short"
	var invalid *InvalidError
	if err := b.Update(t.Context(), admin, u.ID, UserChange{Role: &bad}); !errors.As(err, &invalid) {
		t.Errorf("an unknown role: %v", err)
	}
	var policy *PolicyError
	if err := b.Update(t.Context(), admin, u.ID, UserChange{Password: &weak}); !errors.As(err, &policy) {
		t.Errorf("a weak password: %v", err)
	}
	is(t, "nobody", b.Update(t.Context(), admin, 99, UserChange{Role: &role}), ErrNotFound)
}

func TestDelete(t *testing.T) {
	b := open(t)
	u := b.add("grace", ReadOnly)
	is(t, "delete", b.Delete(t.Context(), admin, u.ID), nil)
	is(t, "delete twice", b.Delete(t.Context(), admin, u.ID), ErrNotFound)
	is(t, "the deleted", b.fails("grace", good), ErrCredentials)
	_, err := b.User(t.Context(), u.ID)
	is(t, "read the deleted", err, ErrNotFound)
	if again := b.add("grace", ReadOnly); again.ID == u.ID {
		t.Error("an id was used twice")
	}
	if got := b.audited("user.delete"); got != "admin grace ok: " {
		t.Errorf("audited %q", got)
	}
}

func TestNobodyDeletesTheirOwnAccount(t *testing.T) {
	b := open(t)
	second := b.add("second", Administrator)
	one := b.user("admin").ID
	is(t, "the own account", b.Delete(t.Context(), admin, one), ErrOwnAccount)
	is(t, "by the other", b.Delete(t.Context(), audit.Actor{Name: "second"}, one), nil)
	is(t, "the last one's own", b.Delete(t.Context(), audit.Actor{Name: "second"}, second.ID), ErrLastAdministrator)
}

func TestTheLastAdministratorStays(t *testing.T) {
	b := open(t)
	grace := b.add("grace", ReadOnly)
	yes, reader := true, ReadOnly
	one := b.user("admin").ID
	ways := map[string]func(id int64) error{
		"deleted":  func(id int64) error { return b.Delete(t.Context(), admin, id) },
		"disabled": func(id int64) error { return b.Update(t.Context(), admin, id, UserChange{Disabled: &yes}) },
		"demoted":  func(id int64) error { return b.Update(t.Context(), admin, id, UserChange{Role: &reader}) },
	}
	for name, way := range ways {
		is(t, name, way(one), ErrLastAdministrator)
	}
	second := b.add("second", Administrator)
	is(t, "disable the second", ways["disabled"](second.ID), nil)
	for name, way := range ways {
		is(t, name+" beside a disabled one", way(one), ErrLastAdministrator)
	}
	is(t, "somebody else", ways["deleted"](grace.ID), nil)
	if got, want := b.list(), "admin(admin,administrator) second(second,administrator,disabled)"; got != want {
		t.Errorf("accounts %s, want %s", got, want)
	}
}

// Ten administrators all remove each other in the same moment.
func TestOneAdministratorSurvivesARace(t *testing.T) {
	b := open(t)
	ids := []int64{b.user("admin").ID}
	for i := range 9 {
		ids = append(ids, b.add(fmt.Sprint("admin", i), Administrator).ID)
	}
	yes, reader := true, ReadOnly
	var group sync.WaitGroup
	for i, id := range ids {
		group.Go(func() {
			var err error
			switch i % 3 {
			case 0:
				err = b.Delete(t.Context(), audit.Actor{Name: "admin0"}, id)
			case 1:
				err = b.Update(t.Context(), admin, id, UserChange{Disabled: &yes})
			case 2:
				err = b.Update(t.Context(), admin, id, UserChange{Role: &reader})
			}
			if err != nil && !errors.Is(err, ErrLastAdministrator) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	left := 0
	users, err := b.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if u.Role == Administrator && !u.Disabled {
			left++
		}
	}
	if left != 1 {
		t.Errorf("%d administrators left, want 1", left)
	}
}

func TestChangePassword(t *testing.T) {
	b := open(t)
	must, other := true, "another long password"
	is(t, "must change", b.Update(t.Context(), admin, 1, UserChange{MustChange: &must}), nil)
	var weak *PolicyError
	for _, bad := range []string{"short", good, "password"} {
		if err := b.ChangePassword(t.Context(), admin, 1, good, bad); !errors.As(err, &weak) {
			t.Errorf("to %q: %v", bad, err)
		}
	}
	is(t, "a wrong old one", b.ChangePassword(t.Context(), admin, 1, "wrong", other), ErrCredentials)
	if !b.user("admin").MustChange {
		t.Error("a change that failed counts as one")
	}
	is(t, "change", b.ChangePassword(t.Context(), admin, 1, good, other), nil)
	if b.user("admin").MustChange {
		t.Error("it must be changed again")
	}
	is(t, "the old password", b.fails("admin", good), ErrCredentials)
	b.signIn("admin", other)
	if got, want := b.audited("password.change"), "admin admin ok: ; admin admin refused: wrong password"; got != want {
		t.Errorf("audited %q, want %q", got, want)
	}
	is(t, "nobody", b.ChangePassword(t.Context(), admin, 99, good, other), ErrNotFound)
	for range b.policy.FailedLimit {
		is(t, "guesses", b.ChangePassword(t.Context(), admin, 1, "wrong", good), ErrCredentials)
	}
	var locked *LockedError
	if err := b.ChangePassword(t.Context(), admin, 1, other, good); !errors.As(err, &locked) {
		t.Errorf("after guesses: %v", err)
	}
}

// Two people change the same password at once: one of them is told no.
func TestOneOfTwoPasswordChangesWins(t *testing.T) {
	b := open(t)
	b.policy.FailedLimit = 0
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() {
			b.pass(1e6)
			errs[i] = b.ChangePassword(t.Context(), admin, 1, good, fmt.Sprint("password number ", i))
		})
	}
	group.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			b.signIn("admin", fmt.Sprint("password number ", i))
		} else if !errors.Is(err, ErrCredentials) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d changes won, want 1", won)
	}
}

func newest(t *testing.T, b *box) revision.Revision {
	t.Helper()
	list, err := b.book.List(t.Context(), Area, 0, 1)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d revisions, %v", len(list), err)
	}
	return list[0]
}
