// SPDX-License-Identifier: Apache-2.0

package frontdoor

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/web/gate"
)

// behind serves a site at a unix socket, as the real one is.
func behind(t *testing.T, h http.Handler) *Site {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return &Site{Installed: func() bool { return true }, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
}

func TestSiteSeesTheClientAsTheDoorDoes(t *testing.T) {
	site := &half{}
	d, _ := newDoor(t, Config{Site: behind(t, site)})
	r := httptest.NewRequest("POST", "/login/x?a=b", strings.NewReader("body"))
	r.TLS, r.Host = &tls.ConnectionState{}, "support.example.com"
	r.RemoteAddr = "192.0.2.7:5000"
	for name, lie := range map[string]string{"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil.example.com", "Forwarded": "for=198.51.100.1"} {
		r.Header.Set(name, lie)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if w.Code != 200 || w.Body.String() != "half" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	got := site.got
	if got.Host != "support.example.com" || got.Method != "POST" || got.RequestURI != "/login/x?a=b" {
		t.Errorf("%s %s at %s", got.Method, got.RequestURI, got.Host)
	}
	for name, want := range map[string]string{"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "support.example.com", "Forwarded": ""} {
		if v := strings.Join(got.Header[name], "|"); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
}

func TestSiteDoesNotReachIntoTheAppliance(t *testing.T) {
	d, _ := newDoor(t, Config{Site: behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, line := range []string{
			gate.SiteCookie + "=own; Path=/; Secure; HttpOnly", "plain=1",
			gate.Cookie + "=stolen; Path=/; Secure", gate.Cookie + "-theme=dark", "=" + gate.Cookie + "=nameless", " " + gate.Cookie + "=spaced",
		} {
			w.Header().Add("Set-Cookie", line)
		}
		w.Header().Set("Clear-Site-Data", `"cookies"`)
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		w.Header().Set("Cache-Control", "public")
		fmt.Fprint(w, "page")
	}))})
	w := ask(d, "GET", "/login")
	if got, want := w.Header()["Set-Cookie"], []string{gate.SiteCookie + "=own; Path=/; Secure; HttpOnly", "plain=1"}; !slices.Equal(got, want) {
		t.Errorf("cookies: %q", got)
	}
	for name, want := range map[string]string{"Clear-Site-Data": "", "Strict-Transport-Security": "", "Cache-Control": "public",
		"Content-Security-Policy": gate.PageCSP, "X-Frame-Options": "DENY"} {
		if got := strings.Join(w.Header()[name], "|"); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if w := ask(d, "GET", "/sw.js", "Service-Worker", "script"); w.Code != 403 {
		t.Errorf("a service worker: %d", w.Code)
	}
}

func TestSiteThatIsAway(t *testing.T) {
	var title string
	installed := false
	d, _ := newDoor(t, Config{Site: &Site{
		Installed: func() bool { return installed },
		Dial:      func(context.Context) (net.Conn, error) { return nil, errors.New("nobody listens") },
		Task:      func() string { return title },
	}})
	if w := ask(d, "GET", "/login"); w.Code != 200 || !strings.Contains(w.Body.String(), "No site is installed yet") {
		t.Errorf("without a site: %d", w.Code)
	}
	installed = true
	for _, method := range []string{"GET", "POST"} {
		w := ask(d, method, "/login")
		if w.Code != 503 || w.Header().Get("Retry-After") != "10" || !strings.Contains(w.Body.String(), "not available right now") {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
	title = "Install Bomgar-12.2.0"
	if w := ask(d, "GET", "/"); !strings.Contains(w.Body.String(), title) || w.Header().Get("Content-Security-Policy") != gate.PageCSP {
		t.Errorf("the task is not named: %s", w.Body)
	}
	if w := ask(d, "GET", "/healthz"); w.Code != 200 {
		t.Errorf("the door's own pages: %d", w.Code)
	}
}

// deadlineNotes is an answer that notes how long its connection may take.
type deadlineNotes struct {
	http.ResponseWriter
	notes chan string
}

func (d deadlineNotes) Unwrap() http.ResponseWriter { return d.ResponseWriter }

func (d deadlineNotes) SetReadDeadline(at time.Time) error  { return d.note("read", at) }
func (d deadlineNotes) SetWriteDeadline(at time.Time) error { return d.note("write", at) }

// note says whose time it is: nobody's, the client's to read, or the site's.
func (d deadlineNotes) note(what string, at time.Time) error {
	switch left := time.Until(at); {
	case at.IsZero():
		what += " without end"
	case left > time.Minute:
		what += " when the site is ready"
	default:
		what += " within the usual time"
	}
	d.notes <- what
	return nil
}

// A stream goes through as it is written, and its connection has no deadline
// any more once its first bytes are out.
func TestStreamOfTheSite(t *testing.T) {
	next := make(chan struct{})
	d, _ := newDoor(t, Config{Site: behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/login/live" {
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for range 2 {
			fmt.Fprint(w, "data: x\n\n")
			w.(http.Flusher).Flush()
			<-next
		}
	}))})
	notes := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.ServeHTTP(deadlineNotes{w, notes}, r)
	}))
	defer server.Close()
	res, err := http.Get(server.URL + "/login/live")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	in := bufio.NewReader(res.Body)
	if line, err := in.ReadString('\n'); line != "data: x\n" {
		t.Fatalf("%q, %v", line, err)
	}
	for _, want := range []string{"write when the site is ready", "read without end", "write without end"} {
		select {
		case got := <-notes:
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
		default:
			t.Errorf("the stream has begun without: %s", want)
		}
	}
	next <- struct{}{}
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if line, err := in.ReadString('\n'); line != "data: x\n" {
		t.Errorf("the second event: %q, %v", line, err)
	}
	close(next)
	if _, err := io.Copy(io.Discard, in); err != nil {
		t.Error(err)
	}

	// The client of what is no stream has the usual time, from the first byte on.
	res, err = http.Get(server.URL + "/login")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if first, second := <-notes, <-notes; first != "write when the site is ready" || second != "write within the usual time" {
		t.Errorf("an ordinary answer: %s, then %s", first, second)
	}
}

// The site may work for longer than clients have to read.
func TestSiteThatAnswersLate(t *testing.T) {
	const limit = 50 * time.Millisecond
	d, _ := newDoor(t, Config{Site: behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-time.After(2 * limit)
		fmt.Fprint(w, "late")
	}))})
	server := httptest.NewUnstartedServer(d)
	server.Config.WriteTimeout = limit
	server.Start()
	defer server.Close()
	res, err := http.Get(server.URL + "/login/slow")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, err := io.ReadAll(res.Body); string(text) != "late" {
		t.Errorf("%d: %q, %v", res.StatusCode, text, err)
	}
}
