// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"understudy/appliance/store"
)

// life is one task of the walk and what must be true of it.
type life struct {
	id    string
	key   string
	end   chan error // tells its work how to end
	state State
}

// TestAnyWalk submits, ends, stops and restarts in any order and compares
// every task with what it must be.
func TestAnyWalk(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, "journal.db")
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(path + suffix)
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		open := func() *Runner {
			db, err := store.Open(ctx, path, []store.Migration{{Name: "task", SQL: Schema1}, {Name: "boot", SQL: Schema2}})
			if err != nil {
				t.Fatal(err)
			}
			return New(db, time.Now)
		}
		shut := func(r *Runner) {
			r.Close()
			if err := r.db.Close(); err != nil {
				t.Fatal(err)
			}
		}
		r := open()
		defer func() { shut(r) }()
		var lives []*life
		live := func(key string) *life {
			for _, l := range lives {
				if l.key == key && l.state.Live() {
					return l
				}
			}
			return nil
		}
		t.Repeat(map[string]func(*rapid.T){
			"submit": func(t *rapid.T) {
				key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key")
				l := &life{key: key, end: make(chan error, 1), state: Running}
				task, created, err := r.Submit(ctx, ada, Spec{Kind: "walk", Title: "Walk", Key: key, Run: l.run})
				if err != nil {
					t.Fatal(err)
				}
				l.id = task.ID
				if other := live(key); created == (other != nil) || other != nil && other.id != task.ID {
					t.Fatalf("key %s: created %v, live before %+v", key, created, other)
				}
				if created {
					lives = append(lives, l)
				}
			},
			"end": func(t *rapid.T) {
				l := live(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key"))
				if l == nil {
					t.Skip()
				}
				news := r.Watch(ctx)
				if l.state = Done; rapid.Bool().Draw(t, "fails") {
					l.state = Failed
					l.end <- errors.New("It failed.")
				} else {
					l.end <- nil
				}
				for r.job(l.id) != nil {
					if _, open := <-news; !open {
						t.Fatal("it does not end")
					}
				}
			},
			"restart": func(t *rapid.T) {
				shut(r)
				r = open()
				if err := r.Recover(ctx, nil); err != nil {
					t.Fatal(err)
				}
				for _, l := range lives {
					if l.state.Live() {
						l.state = Interrupted
					}
				}
			},
			"": func(t *rapid.T) {
				for _, l := range lives {
					got, err := r.Get(ctx, l.id)
					if err != nil || got.State != l.state || got.Ended.IsZero() != l.state.Live() {
						t.Fatalf("task %s is %s ended %v, want %s, %v", l.id, got.State, got.Ended, l.state, err)
					}
				}
			},
		})
	})
}

func (l *life) run(ctx context.Context, p *Progress) error {
	p.Log("working")
	select {
	case err := <-l.end:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
