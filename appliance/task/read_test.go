// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestListChooses(t *testing.T) {
	r := newRunner(t)
	name := map[string]string{}
	add := func(label, kind string, run func(context.Context, *Progress) error) Task {
		task := submit(t, r, Spec{Kind: kind, Title: label, Run: run})
		name[task.ID] = label
		return task
	}
	ok := func(context.Context, *Progress) error { return nil }
	bad := func(context.Context, *Progress) error { return errors.New("no") }
	a, b := add("a", "ping", ok), add("b", "boot", bad)
	ended(t, r, a.ID)
	ended(t, r, b.ID)
	c := add("c", "ping", forever)
	for label, q := range map[string]struct {
		filter Filter
		want   string
	}{
		"everything":      {Filter{}, "c b a"},
		"by state":        {Filter{State: Failed}, "b"},
		"live":            {Filter{State: Running}, "c"},
		"by kind":         {Filter{Kind: "ping"}, "c a"},
		"a page":          {Filter{Limit: 1}, "c"},
		"the next page":   {Filter{Before: c.ID, Limit: 1}, "b"},
		"before nothing":  {Filter{Before: "gone"}, ""},
		"state and kind":  {Filter{State: Done, Kind: "boot"}, ""},
		"unknown state":   {Filter{State: "x' OR 1"}, ""},
		"negative limits": {Filter{Limit: -1}, "c b a"},
	} {
		t.Run(label, func(t *testing.T) {
			tasks, err := r.List(t.Context(), q.filter)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, task := range tasks {
				got = append(got, name[task.ID])
			}
			if strings.Join(got, " ") != q.want {
				t.Errorf("got %v, want %s", got, q.want)
			}
		})
	}
}

func TestUnknownIDs(t *testing.T) {
	r := newRunner(t)
	if _, err := r.Get(t.Context(), "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if lines, err := r.Log(t.Context(), "none", 0); err != nil || len(lines) != 0 {
		t.Errorf("log: %v, %v", lines, err)
	}
}
