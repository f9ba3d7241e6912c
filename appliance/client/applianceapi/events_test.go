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
