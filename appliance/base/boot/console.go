// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/sys/unix"
)

// console says what the supervisor does: on /dev/console, which is the serial
// line, into the kernel's log, and on the screen until the status screen of
// based takes that over. Every line starts with "understudy: ".
type console struct {
	mu     sync.Mutex
	serial *os.File // also what based writes its own log to
	log    io.Writer
	screen io.WriteCloser
}

// openConsole opens what there is; a box without a screen or a serial line
// has to work all the same.
func openConsole() *console {
	c := &console{}
	if f, err := os.OpenFile("/dev/console", os.O_RDWR|unix.O_NOCTTY, 0); err == nil {
		c.serial = f
		ignoreFlowControl(f)
	}
	if f, err := os.OpenFile("/dev/kmsg", os.O_WRONLY, 0); err == nil {
		c.log = f
	}
	if f, err := os.OpenFile("/dev/tty0", os.O_WRONLY|unix.O_NOCTTY, 0); err == nil {
		c.screen = f
	}
	return c
}

// ignoreFlowControl keeps a stray Ctrl-S on the serial line from stopping
// everyone who writes to it.
func ignoreFlowControl(f *os.File) {
	raw, err := f.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		if t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS); err == nil {
			t.Iflag &^= unix.IXON
			unix.IoctlSetTermios(int(fd), unix.TCSETS, t)
		}
	})
}

// say writes a line. What could move the cursor or break the line is dropped
// from it, because some lines carry text from a seed or a disk.
func (c *console) say(format string, args ...any) {
	line := "understudy: " + clipText(fmt.Sprintf(format, args...))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.log != nil {
		io.WriteString(c.log, "<6>"+line+"\n") // level info: kept, not printed
	}
	if c.serial != nil {
		io.WriteString(c.serial, line+"\n")
	}
	if c.screen != nil {
		io.WriteString(c.screen, line+"\r\n")
	}
}

// keep writes a line into the kernel's log alone, where it has a time.
func (c *console) keep(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.log != nil {
		io.WriteString(c.log, "<6>understudy: "+clipText(fmt.Sprintf(format, args...))+"\n")
	}
}

// leaveScreen ends the use of the screen.
func (c *console) leaveScreen() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.screen != nil {
		c.screen.Close()
		c.screen = nil
	}
}

// clipText makes one printable line of at most 500 characters.
func clipText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case !unicode.IsPrint(r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 500 {
		return string(r[:499]) + "…"
	}
	return s
}

// sentence turns an error into one.
func sentence(err error) string {
	s := []rune(strings.TrimRight(strings.ReplaceAll(err.Error(), "\n", "; "), "."))
	return string(unicode.ToUpper(s[0])) + string(s[1:]) + "."
}
