// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"understudy/appliance/task"
	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

// listen opens the live stream and returns its events as they come; each is
// its lines.
func listen(t *testing.T, b *appliancetest.Box, secret, path, lastEventID string) (<-chan string, func()) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	r, err := http.NewRequestWithContext(ctx, "GET", b.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: gate.Cookie, Value: secret})
	if lastEventID != "" {
		r.Header.Set("Last-Event-ID", lastEventID)
	}
	res, err := b.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	events := make(chan string)
	go func() {
		defer close(events)
		defer res.Body.Close()
		var event strings.Builder
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if lines.Text() != "" {
				event.WriteString(lines.Text() + "\n")
				continue
			}
			select {
			case events <- event.String():
			case <-ctx.Done():
				return
			}
			event.Reset()
		}
	}()
	return events, stop
}

func TestTaskIsFollowedAndReplayed(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	say, end := make(chan string), make(chan struct{})
	started, _, err := b.Tasks.Submit(t.Context(), adminActor, task.Spec{Kind: "test", Title: "Say what comes", Phases: []string{"Listen", "Stop"}, Run: func(ctx context.Context, p *task.Progress) error {
		for {
			select {
			case text := <-say:
				p.Log("%s", text)
			case <-end:
				p.Result("All was said.")
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	path := "/appliance/live?task=" + started.ID + "&after=0"
	events, stop := listen(t, b, browser.Secret(), path, "")
	say <- "the first line"
	seen := until(t, events, "the first line")
	if !strings.Contains(seen, `hx-target="#task-log" hx-swap="beforeend"`) || !strings.Contains(seen, `hx-target="#drawer-summary"`) {
		t.Errorf("the event is %s", seen)
	}
	_, id, _ := strings.Cut(seen, "id: ")
	id, _, _ = strings.Cut(id, "\n")
	stop()
	say <- "the second line"
	// A browser that comes back gets what it missed, and nothing twice.
	events, stop = listen(t, b, browser.Secret(), path, id)
	defer stop()
	seen = until(t, events, "the second line")
	if strings.Contains(seen, "the first line") {
		t.Errorf("the first line comes twice: %s", seen)
	}
	close(end)
	until(t, events, "All was said.")
	if a := browser.Get("/appliance/live?task=nothing"); a.Status != 404 {
		t.Errorf("no such task: %d", a.Status)
	}
}

func until(t *testing.T, events <-chan string, words string) string {
	t.Helper()
	for event := range events {
		if strings.Contains(event, words) {
			return event
		}
	}
	t.Fatalf("%q did not come", words)
	return ""
}

func TestStreamEndsWithItsSession(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Beat: 20 * time.Millisecond})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	events, stop := listen(t, b, browser.Secret(), "/appliance/live", "")
	defer stop()
	until(t, events, "event: beat")
	if err := b.Accounts.EndSession(t.Context(), adminActor, sessionsOf(t, b, "admin")[0]); err != nil {
		t.Fatal(err)
	}
	until(t, events, "Your session has ended")
	for range events {
	}
	// A page that is left open is no sign of a person: it ends by itself, too.
	browser = b.SignIn(t, "admin", appliancetest.Password)
	events, stop = listen(t, b, browser.Secret(), "/appliance/live", "")
	defer stop()
	until(t, events, "event: beat")
	b.Time.Pass(31 * time.Minute)
	until(t, events, "Your session has ended")
}

func TestStrangersHearNothing(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	if a := b.Browser(t).Do("GET", "/appliance/live", "", http.Header{"Hx-Request": {"true"}}); a.Status != 401 || a.Header.Get("HX-Redirect") != "" || a.Location != "" {
		t.Errorf("%d %v", a.Status, a.Header)
	}
}
