// SPDX-License-Identifier: Apache-2.0

package basectl

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// site remembers what it was asked.
type site struct {
	refuse error
	ready  chan struct{}
	asked  chan struct{} // holds one when somebody waits for ready
	left   chan struct{} // holds one when who waited hung up

	mu   sync.Mutex
	done []string
}

func (s *site) did(format string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, fmt.Sprintf(format, args...))
	return s.refuse
}

func (s *site) SetFacts(_ context.Context, f Facts) error { return s.did("facts %v", f) }
func (s *site) Status(context.Context) (Status, error) {
	return Status{State: Running, Version: "12.2.0", Tree: 7, Build: "b", Sessions: 3}, s.did("status")
}
func (s *site) ReadOnly(_ context.Context, why string) error { return s.did("read-only %s", why) }
func (s *site) Writable(context.Context) error               { return s.did("writable") }
func (s *site) Copy(context.Context) error                   { return s.did("copy") }
func (s *site) Reload(context.Context) error                 { return s.did("reload") }
func (s *site) Stop(context.Context) error                   { return s.did("stop") }
func (s *site) Ready(ctx context.Context) error {
	select {
	case s.asked <- struct{}{}:
	default:
	}
	select {
	case <-s.ready:
		return nil
	case <-ctx.Done():
		select {
		case s.left <- struct{}{}:
		default:
		}
		return ctx.Err()
	}
}

func newSite() *site {
	return &site{ready: make(chan struct{}), asked: make(chan struct{}, 1), left: make(chan struct{}, 1)}
}

// served listens at a real socket and returns how to connect to it.
func served(t *testing.T, s Site) func() net.Conn {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, s) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return func() net.Conn {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
}

func opened(t *testing.T, s Site) *Client {
	t.Helper()
	c, err := Open(t.Context(), served(t, s)())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryRequest(t *testing.T) {
	s := newSite()
	c, ctx := opened(t, s), t.Context()
	close(s.ready)
	status, err := c.Status(ctx)
	if err != nil || status != (Status{Running, "12.2.0", 7, "b", 3}) {
		t.Errorf("%+v, %v", status, err)
	}
	for _, err := range []error{
		c.SetFacts(ctx, Facts{"box.example.com", "Europe/Berlin", "S1"}), c.Ready(ctx),
		c.ReadOnly(ctx, "An update is being installed."), c.Copy(ctx), c.Writable(ctx), c.Reload(ctx), c.Stop(ctx),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []string{"status", "facts {box.example.com Europe/Berlin S1}", "read-only An update is being installed.", "copy", "writable", "reload", "stop"}
	if !slices.Equal(s.done, want) {
		t.Errorf("did %q", s.done)
	}
}

func TestRefusalIsASentence(t *testing.T) {
	s := newSite()
	s.refuse = errors.New("the disk is\nfull")
	c := opened(t, s)
	var refused *Refused
	if err := c.Copy(t.Context()); !errors.As(err, &refused) || refused.Reason != "the disk is full" {
		t.Errorf("%v", err)
	}
	if err := c.ReadOnly(t.Context(), "a\x1b[2J"); err == nil {
		t.Error("a control character was sent")
	}
	s.refuse = nil
	if err := c.Copy(t.Context()); err != nil {
		t.Errorf("after a refusal: %v", err)
	}
}

func TestWhoHangsUpWaitsForNothing(t *testing.T) {
	s := newSite()
	c := opened(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() { asked <- c.Ready(ctx) }()
	<-s.asked
	cancel()
	if err := <-asked; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	<-s.left
	if _, err := c.Status(t.Context()); err == nil {
		t.Error("the conversation goes on after an answer was missed")
	}
}

// Who only waits for its turn can give up, and does no harm by it to who is
// being answered.
func TestGivingUpATurn(t *testing.T) {
	s := newSite()
	c := opened(t, s)
	ready := make(chan error, 1)
	go func() { ready <- c.Ready(t.Context()) }()
	<-s.asked
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error, 1)
	go func() {
		_, err := c.Status(ctx)
		gaveUp <- err
	}()
	cancel()
	select {
	case err := <-gaveUp:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second): // only a failure takes as long
		t.Error("waits for its turn although nobody wants the answer any more")
	}
	close(s.ready)
	if err := <-ready; err != nil {
		t.Error(err)
	}
	if _, err := c.Status(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := c.Status(t.Context()); err != nil {
		t.Errorf("the conversation ended by a request that was never made: %v", err)
	}
}

// tired is a listener that has no room for a connection at first.
type tired struct {
	net.Listener
	fails []error
}

func (l *tired) Accept() (net.Conn, error) {
	if len(l.fails) > 0 {
		err := l.fails[0]
		l.fails = l.fails[1:]
		return nil, &net.OpError{Op: "accept", Net: "unix", Err: os.NewSyscallError("accept4", err)}
	}
	return l.Listener.Accept()
}

func TestServingOutlastsALackOfFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(ctx, &tired{l, []error{unix.EMFILE, unix.ECONNABORTED, unix.ENFILE}}, newSite())
	}()
	conn, err := net.Dial("unix", path)
	if err == nil {
		_, err = Open(t.Context(), conn)
	}
	if err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestNoCommonVersion(t *testing.T) {
	dial := served(t, newSite())
	conn := dial()
	fmt.Fprintln(conn, `{"id":1,"do":"hello","versions":[7,9]}`)
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, `"versions":[1]`) || !strings.Contains(line, "[7 9]") {
		t.Errorf("%q, %v", line, err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the conversation goes on: %v", err)
	}

	us, them := net.Pipe()
	go func() {
		bufio.NewReader(them).ReadString('\n')
		fmt.Fprintln(them, `{"id":1,"error":"none","versions":[7,9]}`)
	}()
	var mismatch *VersionError
	if _, err := Open(t.Context(), us); !errors.As(err, &mismatch) || !slices.Equal(mismatch.Theirs, []int{7, 9}) {
		t.Errorf("%v", err)
	}
	if v, err := common([]int{9, 1, 3}); v != 1 || err != nil {
		t.Errorf("common version %d, %v", v, err)
	}
}

func TestLinesThatNobodySends(t *testing.T) {
	const hello = `{"id":1,"do":"hello","versions":[1]}` + "\n"
	for _, c := range []struct{ send, want string }{
		{`{"id":1,"do":"stop"}`, "begins with a hello"},
		{hello + `{"id":2,"do":"exec"}`, "unknown request"},
		{hello + `{"id":2,"do":"stop","shell":"x"}`, "unknown field"},
		{hello + `{"id":2,"do":"stop"}{}`, "something follows"},
		{hello + `{"id":2,"do":"stop","reason":"x"}`, "do not go together"},
		{hello + `{"id":2,"do":"read-only"}`, "do not go together"},
		{hello + `{"id":2,"do":"facts"}`, "do not go together"},
		{hello + `{"id":2,"do":"read-only","reason":"` + strings.Repeat("x", 600) + `"}`, "longer than"},
		{`{"id":1,"do":"hello"}`, "0 versions"},
		{"\x00", "invalid character"},
	} {
		s := newSite()
		conn := served(t, s)()
		fmt.Fprintln(conn, c.send)
		var last string
		in := bufio.NewReader(conn)
		for range strings.Count(c.send, "\n") + 1 {
			last, _ = in.ReadString('\n')
		}
		if !strings.Contains(last, c.want) {
			t.Errorf("%q: answered %q, want %q", c.send, last, c.want)
		}
		if len(s.done) > 0 {
			t.Errorf("%q: did %q", c.send, s.done)
		}
	}
}

func FuzzServe(f *testing.F) {
	f.Add([]byte(`{"id":1,"do":"hello","versions":[1]}` + "\n" + `{"id":2,"do":"status"}` + "\n"))
	f.Add([]byte(`{"id":1,"do":"hello","versions":[1]}` + "\n" + `{"id":2,"do":"facts","facts":{"hostname":"a"}}` + "\n"))
	f.Add([]byte("{}\n\n\x00\n{\"id\":-1}\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		s := newSite()
		close(s.ready)
		us, them := net.Pipe()
		ended := make(chan struct{})
		go func() { serve(context.Background(), them, s); close(ended) }()
		var out bytes.Buffer
		read := make(chan struct{})
		go func() { io.Copy(&out, us); close(read) }()
		us.Write(in)
		us.Close()
		<-ended
		<-read
		for line := range bytes.Lines(out.Bytes()) {
			if bytes.HasSuffix(line, []byte("\n")) && (len(line) > maxLine || decode(line, new(reply)) != nil) {
				t.Errorf("answer %q is no line of the protocol", line)
			}
		}
		if n, m := len(s.done), bytes.Count(in, []byte("\n")); n > m {
			t.Errorf("%d lines did %d things", m, n)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"id":1,"versions":[1]}` + "\n" + `{"id":2,"status":{"state":"running"}}` + "\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		us, them := net.Pipe()
		go io.Copy(io.Discard, them)
		go func() { them.Write(in); them.Close() }()
		defer us.Close()
		if c, err := Open(context.Background(), us); err == nil {
			if s, err := c.Status(context.Background()); err == nil && s.check() != nil {
				t.Errorf("took %+v", s)
			}
		}
	})
}
