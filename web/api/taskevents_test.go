// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"errors"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/base/schema"
	"understudy/appliance/revision"
	"understudy/appliance/task"
	"understudy/web/gate"
	"understudy/web/services"
)

// chunks hands what a stream writes to the test.
type chunks chan string

func (c chunks) Write(b []byte) (int, error) {
	c <- string(b)
	return len(b), nil
}

// streamed is a box with an account and a task that does not end.
type streamed struct {
	*services.Appliance
	task  task.Task
	admin account.User
	ahead time.Duration // of the clock of this machine
}

func newStreamed(t *testing.T) *streamed {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	base, err := schema.OpenBase(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	journal, err := schema.OpenJournal(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	log := audit.New(journal, time.Now)
	policy := account.DefaultPolicy()
	policy.Argon2 = account.Argon2{Time: 1, MemoryKiB: 64, Threads: 1}
	s := &streamed{}
	s.Appliance = &services.Appliance{
		Tasks: task.New(journal, time.Now), Accounts: account.New(base, revision.New(base, time.Now), log, policy, time.Now),
		Now: func() time.Time { return time.Now().Add(s.ahead) },
	}
	t.Cleanup(func() { s.Tasks.Close(); base.Close(); journal.Close() })
	hash, err := account.HashPassword(policy.Argon2, "password")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Accounts.Bootstrap(ctx, "admin", hash, false); err != nil {
		t.Fatal(err)
	}
	users, err := s.Accounts.Users(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.admin = users[0]
	s.task, _, err = s.Tasks.Submit(ctx, audit.System, task.Spec{Kind: "test.endless", Title: "Wait", Run: func(ctx context.Context, _ *task.Progress) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// follow opens a stream and returns whether it still gives a sign of life.
func (s *streamed) follow(t *testing.T, p gate.Principal) (alive func() bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	beat, out, ended := make(chan time.Time), make(chunks), make(chan error, 1)
	stream := &eventStream{api: &API{Appliance: s.Appliance}, id: s.task.ID, beat: beat, out: out, flush: func() error { return nil }}
	go func() { ended <- stream.run(gate.With(ctx, p)) }()
	t.Cleanup(cancel)
	return func() bool {
		for {
			select {
			case beat <- time.Time{}:
			case text := <-out:
				if text == ": alive\n\n" {
					return true
				}
			case err := <-ended:
				if !errors.Is(err, errOver) {
					t.Errorf("the stream ended with %v", err)
				}
				return false
			}
		}
	}
}

// TestStreamEndsWithItsSession: an open stream shows nothing more to somebody
// whose session was ended.
func TestStreamEndsWithItsSession(t *testing.T) {
	s, ctx := newStreamed(t), t.Context()
	_, session, err := s.Accounts.SignIn(ctx, audit.Actor{Name: "admin", Via: "api"}, "admin", "password", "", account.KindAPI)
	if err != nil {
		t.Fatal(err)
	}
	alive := s.follow(t, gate.Principal{Session: session})
	if !alive() {
		t.Fatal("the stream ended with its session alive")
	}
	if err := s.Accounts.EndSession(ctx, audit.System, session.ID); err != nil {
		t.Fatal(err)
	}
	if alive() && alive() { // one beat may have been on its way
		t.Error("the stream goes on without its session")
	}
}

// TestStreamEndsWithItsToken: the same for a token that was revoked or is past
// its time.
func TestStreamEndsWithItsToken(t *testing.T) {
	for name, end := range map[string]func(*streamed, int64) error{
		"revoked": func(s *streamed, id int64) error { return s.Accounts.RevokeToken(t.Context(), audit.System, id) },
		"expired": func(s *streamed, _ int64) error { s.ahead = 25 * time.Hour; return nil },
	} {
		t.Run(name, func(t *testing.T) {
			s, ctx := newStreamed(t), t.Context()
			secret, token, err := s.Accounts.NewToken(ctx, audit.System, s.admin.ID, "nightly", []string{"tasks:read"}, 24*time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			session, scopes, err := s.Accounts.TokenSession(ctx, secret)
			if err != nil {
				t.Fatal(err)
			}
			alive := s.follow(t, gate.Principal{Session: session, Scopes: scopes, Token: true})
			if !alive() {
				t.Fatal("the stream ended with its token in force")
			}
			if err := end(s, token.ID); err != nil {
				t.Fatal(err)
			}
			if alive() && alive() { // one beat may have been on its way
				t.Error("the stream goes on without its token")
			}
		})
	}
}
