// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
)

// orders remembers what it was asked, and refuses what it is told to.
type orders struct {
	mu      sync.Mutex
	crashes int
	refuse  error
	done    []string
}

func (o *orders) did(format string, args ...any) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse == nil {
		o.done = append(o.done, fmt.Sprintf(format, args...))
	}
	return o.refuse
}

func (o *orders) list() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.done
}

func (o *orders) crashCount() int { return o.crashes }
func (o *orders) healthy()        { o.did("healthy") }
func (o *orders) power(kind PowerKind, reason string) error {
	return o.did("power %s %s", kind, reason)
}
func (o *orders) factoryReset(reason string) error { return o.did("factory-reset %s", reason) }
func (o *orders) runSite(generation string, migrate bool) error {
	return o.did("run-site %s %v", generation, migrate)
}
func (o *orders) stopSite(generation string) error { return o.did("stop-site %s", generation) }
func (o *orders) siteStatus(string) SiteProcess    { return SiteProcess{Running: true, Crashes: 2} }

// linked returns the two ends of a link over a real pair of sockets.
func linked(t *testing.T, o linkOrders) (client, server net.Conn) {
	t.Helper()
	server, theirs, err := linkPair()
	if err != nil {
		t.Fatal(err)
	}
	client, err = net.FileConn(theirs)
	theirs.Close()
	if err != nil {
		t.Fatal(err)
	}
	if o != nil {
		go serveLink(server, o)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func TestLink(t *testing.T) {
	ctx := context.Background()
	o := &orders{crashes: 3}
	conn, _ := linked(t, o)
	l, err := newLink(conn)
	if err != nil {
		t.Fatal(err)
	}
	if l.Crashes() != 3 {
		t.Errorf("crashes: %d, want 3", l.Crashes())
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := l.Healthy(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := l.Power(ctx, Off, "asked by admin from 192.0.2.1"); err != nil {
		t.Error(err)
	}
	if err := l.FactoryReset(ctx, "<&> ünïcode"); err != nil {
		t.Error(err)
	}
	got := o.list()
	if len(got) != 22 || got[20] != "power off asked by admin from 192.0.2.1" || got[21] != "factory-reset <&> ünïcode" {
		t.Errorf("the supervisor was asked: %q", got)
	}
}

func TestLinkRefusals(t *testing.T) {
	ctx := context.Background()
	o := &orders{refuse: errors.New("the machine is stopping already")}
	conn, _ := linked(t, o)
	l, err := newLink(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Power(ctx, Reboot, "test"); err == nil || !strings.Contains(err.Error(), "stopping already") {
		t.Errorf("refused request: %v", err)
	}
	for name, err := range map[string]error{
		"kind":      l.Power(ctx, "explode", "test"),
		"no reason": l.Power(ctx, Off, ""),
		"newline":   l.Power(ctx, Off, "a\nb"),
		"long":      l.FactoryReset(ctx, strings.Repeat("x", maxCause+1)),
	} {
		if err == nil {
			t.Errorf("%s: was sent", name)
		}
	}
	if got := o.list(); len(got) != 0 {
		t.Errorf("the supervisor did %q", got)
	}
}

func TestLinkLosesSupervisor(t *testing.T) {
	conn, server := linked(t, nil)
	go func() {
		b := make([]byte, maxLine)
		server.Read(b)
		io.WriteString(server, `{"id":1}`+"\n")
		server.Read(b) // the request that is never answered
		server.Close()
	}()
	l, err := newLink(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Healthy(context.Background()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("asking a supervisor that goes away: %v", err)
	}
	<-l.Lost()
}

func TestLinkWaitsNoLongerThanItsContext(t *testing.T) {
	conn, server := linked(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		b := make([]byte, maxLine)
		server.Read(b)
		io.WriteString(server, `{"id":1}`+"\n")
		server.Read(b)
		cancel()
	}()
	l, err := newLink(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Healthy(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("asking a supervisor that is silent: %v", err)
	}
}

func TestDialWithoutSupervisor(t *testing.T) {
	os.Unsetenv(linkEnv)
	if _, err := Dial(); !errors.Is(err, ErrNoSupervisor) {
		t.Errorf("Dial: %v", err)
	}
}

// TestServerLines sends lines that no Link would send.
func TestServerLines(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"no JSON", "hello", "invalid character"},
		{"unknown request", `{"id":7,"do":"exec"}`, "unknown request"},
		{"unknown field", `{"id":7,"do":"healthy","shell":"sh"}`, "unknown field"},
		{"two objects", `{"id":7,"do":"healthy"}{"id":8,"do":"healthy"}`, "something follows"},
		{"wrong type", `{"id":"x","do":"healthy"}`, "cannot unmarshal"},
		{"kind where none belongs", `{"id":7,"do":"healthy","kind":"off"}`, "no kind"},
		{"reason where none belongs", `{"id":7,"do":"hello","reason":"x"}`, "no reason"},
		{"no kind", `{"id":7,"do":"power","reason":"x"}`, "unknown kind"},
		{"generation that is a path", `{"id":7,"do":"run-site","generation":"../a"}`, "unknown generation"},
		{"no generation", `{"id":7,"do":"site-status"}`, "unknown generation"},
		{"generation where none belongs", `{"id":7,"do":"healthy","generation":"a"}`, "no generation"},
		{"control character", `{"id":7,"do":"power","kind":"off","reason":"\u001b[2J"}`, "unprintable"},
	} {
		o := &orders{}
		got := answerLine([]byte(c.line), o)
		if !strings.Contains(got.Error, c.want) {
			t.Errorf("%s: answered %+v, want an error with %q", c.name, got, c.want)
		}
		if len(o.done) > 0 {
			t.Errorf("%s: did %q", c.name, o.done)
		}
	}
}

func TestTooLongLineEndsTheConversation(t *testing.T) {
	o := &orders{}
	conn, server := linked(t, nil)
	ended := make(chan error, 1)
	go func() { ended <- serveLink(server, o) }()
	go conn.Write(bytes.Repeat([]byte("a"), 4*maxLine))
	if err := <-ended; !errors.Is(err, errLine) {
		t.Errorf("ended with %v", err)
	}
}

func FuzzServeLink(f *testing.F) {
	f.Add([]byte("{\"id\":1,\"do\":\"hello\"}\n{\"id\":2,\"do\":\"healthy\"}\n"))
	f.Add([]byte("{\"id\":1,\"do\":\"power\",\"kind\":\"off\",\"reason\":\"x\"}\n"))
	f.Add([]byte("{\"id\":1,\"do\":\"run-site\",\"generation\":\"a\"}\n{\"id\":2,\"do\":\"site-status\",\"generation\":\"b\"}\n"))
	f.Add([]byte("{}\n\n\x00\n{\"id\":-1}\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		o := &orders{}
		c := &canned{in: bytes.NewReader(in)}
		serveLink(c, o)
		for line := range bytes.Lines(c.out.Bytes()) {
			if len(line) > maxLine || decodeLine(line, new(linkReply)) != nil {
				t.Errorf("answer %q is no line of the protocol", line)
			}
		}
		if n, m := len(o.done), bytes.Count(in, []byte("\n")); n > m {
			t.Errorf("%d lines made %d orders", m, n)
		}
	})
}

// canned is a connection on which everything was said beforehand.
type canned struct {
	net.Conn
	in  io.Reader
	out bytes.Buffer
}

func (c *canned) Read(b []byte) (int, error)  { return c.in.Read(b) }
func (c *canned) Write(b []byte) (int, error) { return c.out.Write(b) }
func (c *canned) Close() error                { return nil }
