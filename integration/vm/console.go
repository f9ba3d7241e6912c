// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
)

// ErrEnded is what a wait for console output gets when the machine is off.
var ErrEnded = errors.New("the machine is off")

// Console is the guest's first serial port since power-on.
type Console struct {
	in io.Writer // what is typed

	mu   sync.Mutex
	text []byte        // what was read, without control sequences
	raw  []byte        // a control sequence that is not complete yet
	from int           // where the next wait starts
	more chan struct{} // closed and replaced when text grows
	off  chan struct{} // closed when the port is closed
}

func newConsole(in io.Writer) *Console {
	return &Console{in: in, more: make(chan struct{}), off: make(chan struct{})}
}

// follow reads the port into the log until the guest's end is closed.
func (c *Console) follow(port io.Reader, log io.Writer) {
	defer close(c.off)
	buf := make([]byte, 32<<10)
	for {
		n, err := port.Read(buf)
		if n > 0 {
			log.Write(buf[:n])
			c.add(buf[:n])
		}
		if err != nil {
			return
		}
	}
}

// controls are terminal sequences and the carriage returns before newlines.
var controls = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][0-9A-B]|\x1b[=>78cDEHMNOZ]|\r`)

func (c *Console) add(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b = append(c.raw, b...)
	c.raw = nil
	// Keep back a sequence whose end has not come; none is longer than this.
	if i := bytes.LastIndexByte(b, 0x1b); i >= 0 && len(b)-i < 24 && controls.FindIndex(b[i:]) == nil {
		c.raw = append(c.raw, b[i:]...)
		b = b[:i]
	}
	c.text = append(c.text, controls.ReplaceAll(b, nil)...)
	close(c.more)
	c.more = make(chan struct{})
}

// Text is everything the guest has written since power-on, without terminal
// control sequences.
func (c *Console) Text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.text)
}

// Rewind lets the next Wait look at everything since power-on again.
func (c *Console) Rewind() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.from = 0
}

// Type sends text to the guest as if it were typed at the other end.
func (c *Console) Type(text string) error {
	if _, err := io.WriteString(c.in, text); err != nil {
		return fmt.Errorf("type at the serial console: %w", err)
	}
	return nil
}

// Wait waits for a complete line that matches, beginning after the line that
// the last successful Wait found, and gives that line. ErrEnded is wrapped if
// the machine goes off first; what it wrote last counts as a line.
func (c *Console) Wait(ctx context.Context, line *regexp.Regexp) (string, error) {
	c.mu.Lock()
	at := c.from
	c.mu.Unlock()
	for off := false; ; {
		found, ok, next, more := c.find(line, at, off)
		if ok {
			return found, nil
		}
		if off {
			return "", fmt.Errorf("wait for %q on the console: %w; last lines:\n%s", line, ErrEnded, c.tail())
		}
		at = next
		select {
		case <-more:
		case <-c.off:
			off = true // and look once more
		case <-ctx.Done():
			return "", fmt.Errorf("wait for %q on the console: %w; last lines:\n%s", line, context.Cause(ctx), c.tail())
		}
	}
}

// find looks through the lines that begin at or after at, the last incomplete
// one included if there will be no more. Without a match it gives the begin of
// the line that is not complete, and a channel that is closed when there is
// more to look at.
func (c *Console) find(re *regexp.Regexp, at int, off bool) (line string, ok bool, next int, more <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		end := bytes.IndexByte(c.text[at:], '\n')
		if end < 0 && off {
			end = len(c.text) - at
		}
		if end < 0 || at == len(c.text) {
			return "", false, at, c.more
		}
		if re.Match(c.text[at : at+end]) {
			c.from = min(at+end+1, len(c.text))
			return string(c.text[at : at+end]), true, 0, nil
		}
		at = min(at+end+1, len(c.text))
	}
}

func (c *Console) tail() string {
	lines := strings.Split(strings.TrimRight(c.Text(), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
