// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// newTestConsole is a console whose guest's end is in the test's hand.
func newTestConsole(t *testing.T) (*Console, *io.PipeWriter) {
	t.Helper()
	r, w := io.Pipe()
	c := newConsole(io.Discard)
	go c.follow(r, io.Discard)
	t.Cleanup(func() { w.Close() })
	return c, w
}

func TestConsoleFindsLinesInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, guest := newTestConsole(t)
		wait := func(pattern string) string {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			line, err := c.Wait(ctx, regexp.MustCompile(pattern))
			if err != nil {
				return err.Error()
			}
			return line
		}
		io.WriteString(guest, "one\r\ntwo\r\nthree\r\nlogin: ")
		if got := wait("^t"); got != "two" {
			t.Errorf("the first t is %q", got)
		}
		if got := wait("^t"); got != "three" {
			t.Errorf("the next t is %q", got)
		}
		if got := wait("^one"); !strings.Contains(got, "deadline") || !strings.HasSuffix(got, "login: ") {
			t.Errorf("a line of the past: %q", got)
		}
		if got := wait("login"); !strings.Contains(got, "deadline") {
			t.Errorf("half a line is %q", got)
		}
		c.Rewind()
		if got := wait("^one"); got != "one" {
			t.Errorf("after a rewind: %q", got)
		}

		time.AfterFunc(time.Second, func() { io.WriteString(guest, "\nlat") })
		time.AfterFunc(2*time.Second, func() { io.WriteString(guest, "er\n") })
		if got := wait("^later$"); got != "later" {
			t.Errorf("a line in two pieces is %q", got)
		}
		time.AfterFunc(time.Second, func() { io.WriteString(guest, "last"); guest.Close() })
		if got := wait("^last$"); got != "last" {
			t.Errorf("what was written before the end is %q", got)
		}
		if _, err := c.Wait(t.Context(), regexp.MustCompile("more")); !errors.Is(err, ErrEnded) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestConsoleDropsControlSequences(t *testing.T) {
	const screen = "\x1b[2J\x1b[1;1H\x1b[7mUnderstudy\x1b[0m 3.3.2\x1b[K\r\n\x1b(B\x1b[?25lready\x1b[m\r\n"
	for cut := range len(screen) {
		c := newConsole(io.Discard)
		c.add([]byte(screen[:cut]))
		c.add([]byte(screen[cut:]))
		if got := c.Text(); got != "Understudy 3.3.2\nready\n" {
			t.Fatalf("cut at %d: %q", cut, got)
		}
	}
}

func FuzzConsole(f *testing.F) {
	f.Add([]byte("a\x1b[31mb\r\n"), 3)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		c := newConsole(io.Discard)
		if cut > 0 && cut < len(b) {
			c.add(b[:cut])
			b = b[cut:]
		}
		c.add(b)
		c.find(regexp.MustCompile("never matches$^"), 0, true)
	})
}
