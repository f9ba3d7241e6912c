// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"understudy/appliance/account"
	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
)

// heartbeat is the time between two signs of life of a stream; proxies close
// what says nothing for longer. With each, the session is looked at again.
const heartbeat = 15 * time.Second

type taskStream struct {
	TaskLog
	LastEventID string `header:"Last-Event-ID" maxLength:"20" doc:"The id of the last event seen; wins over 'after'."`
}

func (a *API) followTask(ctx context.Context, in *taskStream) (*written, error) {
	after := in.After
	if in.LastEventID != "" {
		n, err := strconv.ParseInt(in.LastEventID, 10, 64)
		if err != nil || n < 0 {
			p := invalid("", "This is not the id of an event of this stream.")
			p.Errors[0].Location = "header.Last-Event-ID"
			return nil, p
		}
		after = n
	}
	if _, err := a.Tasks.Get(ctx, in.ID); err != nil {
		return nil, err
	}
	return &written{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", "text/event-stream")
		h.SetStatus(http.StatusOK)
		beat := time.NewTicker(heartbeat)
		defer beat.Stop()
		s := &eventStream{api: a, id: in.ID, after: after, beat: beat.C, out: h.BodyWriter(), flush: http.NewResponseController(exchangeOf(ctx)).Flush}
		// What ends a stream early is a caller who left, or a failure after the
		// answer began: the caller sees the stream break off and asks again.
		_ = s.run(ctx)
	}}, nil
}

// eventStream writes what happens to one task.
type eventStream struct {
	api   *API
	id    string
	after int64              // last line sent
	last  *applianceapi.Task // as it was sent
	beat  <-chan time.Time
	out   io.Writer
	flush func() error
}

// run sends what changes until the task ends, the caller leaves or its session
// is over.
func (s *eventStream) run(ctx context.Context) error {
	changes := s.api.Tasks.Watch(ctx)
	for {
		if over, err := s.send(ctx); over || err != nil {
			return err
		}
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case id, open := <-changes:
				if !open {
					return ctx.Err()
				}
				waiting = id != s.id
			case <-s.beat:
				if err := s.alive(ctx); err != nil {
					return err
				}
			}
		}
	}
}

// send writes the new lines, and the task if it changed. The lines are read
// after the task, so that a task that is over has all of its lines sent.
func (s *eventStream) send(ctx context.Context) (over bool, err error) {
	t, err := s.api.Tasks.Get(ctx, s.id)
	if err != nil {
		return false, err
	}
	lines, err := s.api.Tasks.Log(ctx, s.id, s.after)
	if err != nil {
		return false, err
	}
	var b bytes.Buffer
	for _, l := range lines {
		s.after = l.Seq
		if err := s.event(&b, "line", lineOut(l)); err != nil {
			return false, err
		}
	}
	if now := taskOut(t); s.last == nil || !reflect.DeepEqual(*s.last, now) {
		s.last = &now
		if err := s.event(&b, "task", now); err != nil {
			return false, err
		}
	}
	return !t.State.Live(), s.write(b.Bytes())
}

func (s *eventStream) event(b *bytes.Buffer, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode an event: %w", err)
	}
	fmt.Fprintf(b, "event: %s\nid: %d\ndata: %s\n\n", name, s.after, data)
	return nil
}

func (s *eventStream) write(b []byte) error {
	if _, err := s.out.Write(b); err != nil {
		return err
	}
	return s.flush()
}

var errOver = errors.New("the session is over")

// alive sends a sign of life, unless the session or the token that opened the
// stream has ended. Looking does not keep a session alive.
func (s *eventStream) alive(ctx context.Context) error {
	open, err := s.open(ctx)
	if err != nil {
		return err
	}
	if !open {
		return errOver
	}
	return s.write([]byte(": alive\n\n"))
}

// open reports whether who opened the stream could still do so.
func (s *eventStream) open(ctx context.Context) (bool, error) {
	p := caller(ctx)
	if p.Token {
		return s.tokenHolds(ctx, p)
	}
	sessions, err := s.api.Accounts.Sessions(ctx)
	return slices.ContainsFunc(sessions, func(x account.Session) bool { return x.ID == p.Session.ID }), err
}

// tokenHolds reports whether a token was neither revoked nor has expired, and
// its account is there and enabled.
func (s *eventStream) tokenHolds(ctx context.Context, p gate.Principal) (bool, error) {
	user, err := s.api.Accounts.User(ctx, p.Session.UserID)
	if errors.Is(err, account.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	tokens, err := s.api.Accounts.Tokens(ctx, user.ID)
	found := slices.ContainsFunc(tokens, func(t account.Token) bool {
		return fmt.Sprintf("token-%d", t.ID) == p.Session.ID // as package account names it
	})
	return found && !user.Disabled && s.api.Now().Before(p.Session.Expires), err
}
