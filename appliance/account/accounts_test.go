// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/revision"
	"understudy/appliance/store"
)

const good = "a good long password"

var (
	page  = audit.Actor{Address: "192.0.2.7", Via: "page"}
	admin = audit.Actor{Name: "admin", Address: "192.0.2.7", Via: "page"}
	start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

	// quick is what tests hash with.
	quick = Argon2{Time: 1, MemoryKiB: 64, Threads: 1}
)

// box is a set of accounts with a clock that the test moves.
type box struct {
	*Accounts
	t testing.TB

	mu sync.Mutex
	at time.Time
}

func (b *box) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = b.at.Add(d)
}

// open returns accounts with one administrator, "admin", whose password is good.
func open(t testing.TB) *box {
	t.Helper()
	b := openIn(t, t.TempDir(), nil)
	if err := b.Bootstrap(context.Background(), "admin", hashed(t, good), false); err != nil {
		t.Fatal(err)
	}
	return b
}

func openIn(t testing.TB, dir string, change func(*Policy)) *box {
	t.Helper()
	db, err := store.Open(context.Background(), filepath.Join(dir, "base.db"), []store.Migration{
		{Name: "revision", SQL: revision.Schema1}, {Name: "audit", SQL: audit.Schema1}, {Name: "account", SQL: Schema1},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b := &box{t: t, at: start}
	now := func() time.Time { b.mu.Lock(); defer b.mu.Unlock(); return b.at }
	policy := DefaultPolicy()
	policy.Argon2 = quick
	if change != nil {
		change(&policy)
	}
	b.Accounts = New(db, revision.New(db, now), audit.New(db, now), policy, now)
	return b
}

func hashed(t testing.TB, password string) string {
	t.Helper()
	hash, err := HashPassword(quick, password)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func (b *box) signIn(username, password string) (string, Session) {
	b.t.Helper()
	secret, s, err := b.SignIn(context.Background(), page, username, password, "Browser 1.0", KindWeb)
	if err != nil {
		b.t.Fatal(err)
	}
	return secret, s
}

func (b *box) fails(username, password string) error {
	b.t.Helper()
	_, _, err := b.SignIn(context.Background(), page, username, password, "Browser 1.0", KindWeb)
	if err == nil {
		b.t.Fatalf("%s was let in with %q", username, password)
	}
	return err
}

func (b *box) add(name string, role Role) User {
	b.t.Helper()
	u, err := b.Add(context.Background(), admin, NewUser{Username: name, Password: good, Role: role})
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}

func (b *box) user(name string) User {
	b.t.Helper()
	users, err := b.Users(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, u := range users {
		if u.Username == name {
			return u
		}
	}
	b.t.Fatalf("there is no %s among %+v", name, users)
	return User{}
}

// list shows all accounts in short.
func (b *box) list() string {
	b.t.Helper()
	users, err := b.Users(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	var words []string
	for _, u := range users {
		word := fmt.Sprintf("%s(%s,%s", u.Username, u.DisplayName, u.Role)
		if u.Disabled {
			word += ",disabled"
		}
		words = append(words, word+")")
	}
	return strings.Join(words, " ")
}

// audited shows the newest events with an action in short, newest first.
func (b *box) audited(action string) string {
	b.t.Helper()
	events, err := b.log.List(context.Background(), audit.Filter{Action: action, Limit: 1000})
	if err != nil {
		b.t.Fatal(err)
	}
	var words []string
	for _, e := range events {
		words = append(words, fmt.Sprintf("%s %s %s: %s", e.Name, e.Object, e.Outcome, e.Detail))
	}
	return strings.Join(words, "; ")
}

func is(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestBootstrapIsOnceAndForGood(t *testing.T) {
	dir := t.TempDir()
	b := openIn(t, dir, nil)
	for name, bad := range map[string][2]string{
		"a hash that is none": {"admin", "password"}, "a name that is none": {"sys tem", hashed(t, good)},
	} {
		if err := b.Bootstrap(t.Context(), bad[0], bad[1], true); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := b.Bootstrap(t.Context(), "admin", hashed(t, "password"), true); err != nil {
		t.Fatal(err)
	}
	if _, s := b.signIn("admin", "password"); !s.MustChange || s.Role != Administrator {
		t.Errorf("signed in as %+v", s)
	}
	b = openIn(t, dir, nil) // a restart
	if err := b.Bootstrap(t.Context(), "second", hashed(t, good), false); err != nil {
		t.Fatal(err)
	}
	if got, want := b.list(), "admin(admin,administrator)"; got != want {
		t.Errorf("accounts %s, want %s", got, want)
	}
	if got, want := b.audited("user.add"), "system admin ok: first account"; got != want {
		t.Errorf("audited %q, want %q", got, want)
	}
}

func (b *box) exec(statement string, args ...any) error {
	return b.db.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
}

func (b *box) text(query string) (s string) {
	b.t.Helper()
	if err := b.db.Read(context.Background(), func(tx *sql.Tx) error { return tx.QueryRow(query).Scan(&s) }); err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *box) count(table string) (n int) {
	b.t.Helper()
	err := b.db.Read(context.Background(), func(tx *sql.Tx) error { return tx.QueryRow(`SELECT count(*) FROM ` + table).Scan(&n) })
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}
