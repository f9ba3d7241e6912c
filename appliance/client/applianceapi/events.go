// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// TaskEvent is one event of a task's stream: either the task as it is now, or
// a line of its log.
type TaskEvent struct {
	Task *Task
	Line *TaskLine
}

// FollowTask streams a task's state and the lines of its log that follow the
// one with the number after, until the task ends, see returns an error or ctx
// ends. It does not reconnect: a caller that outlives a restart of the box
// calls again with the last line it saw.
func (c *Client) FollowTask(ctx context.Context, id string, after int64, see func(TaskEvent) error) error {
	q := url.Values{}
	values(q).number("after", after)
	res, err := c.send(ctx, http.MethodGet, "/tasks/"+segment(id)+"/events", q, "text/event-stream", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	err = readEvents(res.Body, func(name, data string) (bool, error) {
		switch name {
		case "task":
			var t Task
			if err := json.Unmarshal([]byte(data), &t); err != nil {
				return false, fmt.Errorf("read a task event: %w", err)
			}
			return !t.Live(), see(TaskEvent{Task: &t})
		case "line":
			var l TaskLine
			if err := json.Unmarshal([]byte(data), &l); err != nil {
				return false, fmt.Errorf("read a log event: %w", err)
			}
			return false, see(TaskEvent{Line: &l})
		}
		return false, nil // a newer box may send more
	})
	switch {
	case err != io.ErrUnexpectedEOF:
		return err
	case ctx.Err() != nil:
		return ctx.Err() // it was not the box that broke off
	}
	return c.sendError(err)
}

// maxEvent bounds one line of an event stream in bytes.
const maxEvent = 1 << 20

// readEvents reads server-sent events until see says done or returns an error.
// A stream that ends earlier is io.ErrUnexpectedEOF.
func readEvents(r io.Reader, see func(name, data string) (done bool, err error)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxEvent)
	var name string
	var data []string
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			if len(data) > 0 {
				if done, err := see(name, strings.Join(data, "\n")); done || err != nil {
					return err
				}
			}
			name, data = "", nil
		case field == "event":
			name = value
		case field == "data":
			data = append(data, value)
		}
	}
	if err := lines.Err(); err == bufio.ErrTooLong {
		return fmt.Errorf("an event is longer than %d bytes", maxEvent)
	}
	return io.ErrUnexpectedEOF
}
