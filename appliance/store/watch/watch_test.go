// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"testing"
	"testing/synctest"
)

func TestSlowReaderHearsOfEachThingOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var h Hub[string]
		news := h.Watch(ctx)
		h.Notify("a")
		synctest.Wait() // "a" is on its way: off the list of what is owed
		for range 1000 {
			h.Notify("a")
			h.Notify("b")
		}
		for i, want := range []string{"a", "a", "b"} {
			if got := <-news; got != want {
				t.Fatalf("news %d is %q, want %q", i, got, want)
			}
		}
		synctest.Wait()
		select {
		case k := <-news:
			t.Fatalf("unexpected news of %q", k)
		default:
		}
		cancel()
		if _, open := <-news; open {
			t.Fatal("the channel stays open after its context ended")
		}
		synctest.Wait()
		if len(h.readers) != 0 {
			t.Fatalf("%d readers remembered after their context ended", len(h.readers))
		}
		h.Notify("a") // nobody listens: must not block
	})
}

func TestWhatAReaderIsOwedIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var h Hub[int]
		news := h.Watch(ctx)
		for i := range 10 * limit {
			h.Notify(i)
		}
		synctest.Wait()
		for r := range h.readers {
			if len(r.owed) > limit {
				t.Fatalf("%d keys owed to one reader, limit %d", len(r.owed), limit)
			}
		}
		if got := <-news; got != 0 {
			t.Fatalf("first news is %d, want 0", got)
		}
	})
}
