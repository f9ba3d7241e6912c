// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"understudy/web/gate"
	"understudy/web/ui"
)

// liveOf is the path of the stream for a page that shows a task.
func liveOf(id string, after int64) string {
	return pathLive + "?" + url.Values{"task": {id}, "after": {itoa(after)}}.Encode()
}

// live is the one stream that a page holds open: what changes of its frame,
// and of the task that it shows.
type live struct {
	pages   *Pages
	w       http.ResponseWriter
	control *http.ResponseController
	task    string
	after   int64 // last line of the task's log that was sent
}

// stream answers the live stream. A browser that lost it says in Last-Event-ID
// which line it saw last, and gets those after.
func (p *Pages) stream(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	l := &live{pages: p, w: w, control: http.NewResponseController(w), task: query.Get("task")}
	l.after, _ = strconv.ParseInt(query.Get("after"), 10, 64) // anything else begins at the start
	if seen, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		l.after = seen
	}
	if l.task != "" {
		if _, err := p.Tasks.Get(r.Context(), l.task); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	// From here on an error means that nobody listens any more, or that this
	// side fails: the browser asks again, and gets a page about it.
	_ = l.run(r.Context())
	return nil
}

// run sends what changes until the browser leaves or its session ends.
func (l *live) run(ctx context.Context) error {
	p := l.pages
	tasks, warnings, pending := p.Tasks.Watch(ctx), p.Health.Watch(ctx), p.Guard.Watch(ctx)
	if err := l.send(ctx); err != nil {
		return err
	}
	beat := time.NewTicker(p.Beat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, open := <-tasks:
			if !open {
				return nil
			}
		case <-warnings:
		case <-pending:
		case <-beat.C:
			over, err := l.over(ctx)
			if err != nil {
				return err
			}
			if over {
				return l.farewell()
			}
			// An event and no comment: scripts notice when it stays away.
			if err := l.event("beat", ""); err != nil {
				return err
			}
			continue
		}
		if err := l.send(ctx); err != nil {
			return err
		}
	}
}

// over reports whether the session that the stream was opened with is gone.
// Looking does not keep it alive: an open page is no sign of a person.
func (l *live) over(ctx context.Context) (bool, error) {
	principal, _ := gate.From(ctx)
	sessions, err := l.pages.Accounts.Sessions(ctx)
	if err != nil {
		return false, err
	}
	for _, s := range sessions {
		if s.ID == principal.Session.ID {
			return false, nil
		}
	}
	return true, nil
}

// farewell says on the page that the session has ended, and closes the stream
// for good. The page itself stays: somebody may have typed into it.
func (l *live) farewell() error {
	var b bytes.Buffer
	ended := []ui.Banner{{Tone: ui.Warn, Title: "Your session has ended", Text: "What this page shows is not up to date any more.",
		Action: []ui.Button{{Label: "Sign In", Href: pathSignIn, Kind: "primary"}}}}
	if err := l.part(&b, "banners", "innerHTML", "banners", ended); err != nil {
		return err
	}
	if err := l.event("", b.String()); err != nil {
		return err
	}
	return l.event("ended", "")
}

// send renders what may have changed, as one event.
func (l *live) send(ctx context.Context) error {
	var page ui.Page
	if err := l.pages.enliven(ctx, &page); err != nil {
		return err
	}
	var b bytes.Buffer
	for _, part := range []struct {
		target, template string
		view             any
	}{
		{"top-health", "pill", page.Health},
		{"banners", "banners", page.Banners},
		{"drawer-summary", "drawer-summary", page.Drawer},
		{"drawer-body", "drawer-body", page.Drawer},
	} {
		if err := l.part(&b, part.target, "innerHTML", part.template, part.view); err != nil {
			return err
		}
	}
	if l.task != "" {
		if err := l.taskParts(ctx, &b); err != nil {
			return err
		}
	}
	return l.event("", b.String())
}

// taskParts adds the head of the task, and the lines that its log has grown by.
func (l *live) taskParts(ctx context.Context, b *bytes.Buffer) error {
	t, err := l.pages.Tasks.Get(ctx, l.task)
	if err != nil {
		return err
	}
	lines, last, err := l.pages.taskLog(ctx, l.task, l.after)
	if err != nil {
		return err
	}
	l.after = last
	if err := l.part(b, "task-head", "innerHTML", "task-head", l.pages.taskHead(t)); err != nil {
		return err
	}
	if len(lines) == 0 {
		return nil
	}
	return l.part(b, "task-log", "beforeend", "log-lines", lines)
}

// part adds one piece of HTML and where it goes. Targets and templates are
// constants of this file.
func (l *live) part(b *bytes.Buffer, target, swap, template string, view any) error {
	html, err := l.pages.ui.Part("task", template, view)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "<hx-partial hx-target=\"#%s\" hx-swap=\"%s\">%s</hx-partial>", target, swap, html)
	return nil
}

// event sends one event; its id is the last line of the log that was sent.
func (l *live) event(name, data string) error {
	var b bytes.Buffer
	if name != "" {
		fmt.Fprintf(&b, "event: %s\n", name)
	}
	fmt.Fprintf(&b, "id: %d\n", l.after)
	for line := range bytes.Lines([]byte(data)) {
		fmt.Fprintf(&b, "data: %s\n", bytes.TrimRight(line, "\r\n"))
	}
	b.WriteByte('\n')
	if _, err := l.w.Write(b.Bytes()); err != nil {
		return err
	}
	return l.control.Flush()
}
