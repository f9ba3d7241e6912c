// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"understudy/appliance/audit"
)

// manage gives an area a function that refuses the zone "Mars" and counts.
func manage(b *Book, area string) *int {
	applied := 0
	b.Handle(area, func(ctx context.Context, by audit.Actor, doc json.RawMessage, reason string) error {
		var s settings
		if err := json.Unmarshal(doc, &s); err != nil {
			return err
		}
		if s.Zone == "Mars" {
			return errMars
		}
		applied++
		_, _, err := b.Put(ctx, by, area, -1, s, reason)
		return err
	})
	return &applied
}

var errMars = errors.New("there is no such zone: choose one of the Earth")

func now(t *testing.T, b *Book, area string) settings {
	t.Helper()
	var s settings
	if _, err := b.Current(t.Context(), area, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRevertAndRevertOfTheRevert(t *testing.T) {
	b := newBook(t)
	manage(b, "clock")
	put(t, b, "clock", settings{Zone: "UTC"})
	id := put(t, b, "clock", settings{Zone: "Europe/Rome"})
	for _, want := range []string{"UTC", "Europe/Rome", "UTC"} {
		if err := b.Revert(t.Context(), ada, id); err != nil {
			t.Fatal(err)
		}
		if got := now(t, b, "clock").Zone; got != want {
			t.Errorf("after the revert of %d: %s, want %s", id, got, want)
		}
		last, err := b.List(t.Context(), "clock", 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if r := last[0]; r.Reverts != id || r.By != ada || r.Reason == "" {
			t.Errorf("the revert of %d is %+v", id, r)
		}
		id = last[0].ID
	}
}

func TestRevertLeavesLaterChangesAlone(t *testing.T) {
	b := newBook(t)
	manage(b, "clock")
	put(t, b, "clock", settings{Zone: "UTC", Users: map[string]string{"ada": "admin"}})
	added := put(t, b, "clock", settings{Zone: "UTC", Users: map[string]string{"ada": "admin", "bob": "reader"}})
	put(t, b, "clock", settings{Zone: "Europe/Rome", Users: map[string]string{"ada": "admin", "bob": "reader", "eve": "reader"}})
	if err := b.Revert(t.Context(), ada, added); err != nil {
		t.Fatal(err)
	}
	got := now(t, b, "clock")
	if got.Zone != "Europe/Rome" || len(got.Users) != 2 || got.Users["eve"] != "reader" {
		t.Errorf("now %+v", got)
	}
}

func TestRevertsThatCannotBe(t *testing.T) {
	b := newBook(t)
	applied := manage(b, "clock")
	first := put(t, b, "clock", settings{Zone: "Mars"})
	second := put(t, b, "clock", settings{Zone: "UTC"})
	third := put(t, b, "clock", settings{Zone: "Europe/Rome"})
	loose := put(t, b, "loose", settings{Zone: "a"})
	loose = put(t, b, "loose", settings{Zone: "b"})
	for name, c := range map[string]struct {
		id   int64
		want error
	}{
		"no such revision":           {999, ErrNotFound},
		"the first of an area":       {first, ErrFirst},
		"what was changed again":     {second, ErrStale},
		"an area nobody looks after": {loose, nil},
	} {
		if err := b.Revert(t.Context(), ada, c.id); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := b.Revert(t.Context(), ada, third); err != nil {
		t.Fatal(err)
	}
	if err := b.Revert(t.Context(), ada, third); !errors.Is(err, ErrNothing) {
		t.Errorf("reverted twice: %v", err)
	}
	if *applied != 1 {
		t.Errorf("applied %d times, want 1", *applied)
	}
	if err := b.Restore(t.Context(), ada, third); err != nil || *applied != 2 {
		t.Errorf("restored: %v, applied %d times", err, *applied)
	}
	if err := b.Revert(t.Context(), ada, second); !errors.Is(err, errMars) {
		t.Errorf("a document its area refuses: %v", err)
	}
	if list, _ := b.List(t.Context(), "clock", 0, 0); len(list) != 4 {
		t.Errorf("%d revisions, want 4", len(list))
	}
}

// Somebody changes the area between the plan of a revert and its end.
func TestARevertDoesNotOverwriteWhatCameBetween(t *testing.T) {
	b := newBook(t)
	put(t, b, "clock", settings{Zone: "UTC"})
	id := put(t, b, "clock", settings{Zone: "Europe/Rome"})
	b.Handle("clock", func(ctx context.Context, by audit.Actor, doc json.RawMessage, reason string) error {
		put(t, b, "clock", settings{Zone: "Asia/Tokyo"})
		_, _, err := b.Put(ctx, by, "clock", -1, doc, reason)
		return err
	})
	if err := b.Revert(t.Context(), ada, id); !errors.Is(err, ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
	if got := now(t, b, "clock").Zone; got != "Asia/Tokyo" {
		t.Errorf("now %s", got)
	}
}

// An area's function may change other areas; those are not reverts.
func TestARevertMarksOnlyItsArea(t *testing.T) {
	b := newBook(t)
	put(t, b, "clock", settings{Zone: "UTC"})
	id := put(t, b, "clock", settings{Zone: "Europe/Rome"})
	b.Handle("clock", func(ctx context.Context, by audit.Actor, doc json.RawMessage, reason string) error {
		if _, _, err := b.Put(ctx, by, "mail", 0, settings{Zone: "x"}, reason); err != nil {
			return err
		}
		_, _, err := b.Put(ctx, by, "clock", -1, doc, reason)
		return err
	})
	if err := b.Revert(t.Context(), ada, id); err != nil {
		t.Fatal(err)
	}
	if mail, _ := b.List(t.Context(), "mail", 0, 1); mail[0].Reverts != 0 {
		t.Errorf("the other area says it reverts %d", mail[0].Reverts)
	}
}
