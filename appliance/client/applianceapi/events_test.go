// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestFollowTask(t *testing.T) {
	c, _ := box(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("after") != "3" {
			t.Errorf("asked for %s", r.URL)
		}
		io.WriteString(w, ": hello\n\nid: 4\nevent: line\ndata: {\"seq\":4,\n"+
			"data: \"text\":\"stopping\"}\n\nevent: surprise\ndata: 1\n\nevent: task\ndata: {\"id\":\"a\",\"state\":\"done\"}\n\nevent: line\ndata: {}\n\n")
	})
	var seen []string
	err := c.FollowTask(context.Background(), "a", 3, func(e TaskEvent) error {
		if e.Line != nil {
			seen = append(seen, e.Line.Text)
		} else {
			seen = append(seen, e.Task.State)
		}
		return nil
	})
	if want := []string{"stopping", "done"}; err != nil || !slices.Equal(seen, want) {
		t.Errorf("saw %q, %v; want %q", seen, err, want)
	}
}

func TestFollowTaskCutOff(t *testing.T) {
	c, _ := box(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "event: task\ndata: {\"id\":\"a\",\"state\":\"running\"}\n\nevent: task\ndata: {\"id\"")
	})
	var gone *UnreachableError
	if err := c.FollowTask(context.Background(), "a", 0, func(TaskEvent) error { return nil }); !errors.As(err, &gone) {
		t.Errorf("a stream that breaks off gives %v", err)
	}
}

// Who leaves, leaves: that the box cannot be reached would be said of a box that
// answers.
func TestFollowTaskLeft(t *testing.T) {
	c, _ := box(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "event: task\ndata: {\"id\":\"a\",\"state\":\"running\"}\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	ctx, leave := context.WithCancel(t.Context())
	err := c.FollowTask(ctx, "a", 0, func(TaskEvent) error { leave(); return nil })
	var gone *UnreachableError
	if !errors.Is(err, context.Canceled) || errors.As(err, &gone) {
		t.Errorf("leaving a stream gives %v", err)
	}
}

// The same for an answer that is half there.
func TestCallLeft(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	c, _ := box(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"items":[`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	c.http.Transport = half{c.http.Transport, leave}
	_, err := c.Tasks(ctx, TaskFilter{})
	var gone *UnreachableError
	if !errors.Is(err, context.Canceled) || errors.As(err, &gone) {
		t.Errorf("leaving a call gives %v", err)
	}
}

// half calls then once the header of an answer is there.
type half struct {
	http.RoundTripper
	then func()
}

func (h half) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := h.RoundTripper.RoundTrip(r)
	h.then()
	return res, err
}

func FuzzReadEvents(f *testing.F) {
	f.Add("event: task\ndata: {}\n\n")
	f.Add(": \n\ndata\ndata:\n\n")
	f.Add("event: line\r\ndata: x\r\n\r\n")
	f.Fuzz(func(t *testing.T, stream string) {
		err := readEvents(strings.NewReader(stream), func(name, data string) (bool, error) {
			if strings.Contains(name, "\n") {
				t.Errorf("an event is called %q", name)
			}
			return false, nil
		})
		if err == nil {
			t.Error("a stream without an end is taken as whole")
		}
	})
}
