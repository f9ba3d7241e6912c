// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Who watches hears of an event once it can be read; of refusals that are only
// counted when their count is written.
func TestWatchersHearOfWhatWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, db := openLog(t)
		l.now = time.Now
		ctx, stop := context.WithCancel(context.Background())
		news := l.Watch(ctx)
		refuse := func() {
			if err := l.Append(ctx, ada, refused("admin")); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []struct {
			what string
			do   func()
			want bool
		}{
			{"nothing", func() {}, false},
			{"an event", func() { write(t, l, ada, "sign-in", "ada", "") }, true},
			{"a first refusal", refuse, true},
			{"more of the same", refuse, false},
			{"the end of the second", func() { time.Sleep(window) }, true},
		} {
			step.do()
			synctest.Wait()
			heard := false
			select {
			case <-news:
				heard = true
			default:
			}
			if heard != step.want {
				t.Errorf("%s: heard %v", step.what, heard)
			}
		}
		stop()
		if _, open := <-news; open {
			t.Error("the channel stays open after its context ended")
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
