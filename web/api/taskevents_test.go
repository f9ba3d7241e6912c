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

// TestStreamEndsWithItsSession: an open stream shows nothing more to somebody
// whose session was ended.
func TestStreamEndsWithItsSession(t *testing.T) {
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
	s := &services.Appliance{Tasks: task.New(journal, time.Now), Accounts: account.New(base, revision.New(base, time.Now), log, policy, time.Now)}
	t.Cleanup(func() { s.Tasks.Close(); base.Close(); journal.Close() })
	hash, err := account.HashPassword(policy.Argon2, "password")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Accounts.Bootstrap(ctx, "admin", hash, false); err != nil {
		t.Fatal(err)
	}
	_, session, err := s.Accounts.SignIn(ctx, audit.Actor{Name: "admin", Via: "api"}, "admin", "password", "", account.KindAPI)
	if err != nil {
		t.Fatal(err)
	}
	endless, _, err := s.Tasks.Submit(ctx, audit.System, task.Spec{Kind: "test.endless", Title: "Wait", Run: func(ctx context.Context, _ *task.Progress) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}

	beat, out, ended := make(chan time.Time), make(chunks), make(chan error)
	stream := &eventStream{api: &API{Appliance: s}, id: endless.ID, beat: beat, out: out, flush: func() error { return nil }}
	go func() { ended <- stream.run(gate.With(ctx, gate.Principal{Session: session})) }()
	alive := func() bool {
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
