// SPDX-License-Identifier: Apache-2.0

package console

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// A Display puts states in front of people.
type Display interface {
	// Show is called with each state in turn, by one goroutine.
	Show(State) error
}

// Screen draws the whole state over and over on a terminal that knows ANSI
// escapes: the VGA console.
type Screen struct {
	Out  io.Writer
	Size func() (width, height int) // characters; asked at each drawing
}

// OpenScreen opens a terminal device such as /dev/tty1. Its size is read from
// the device, 80 by 25 if it does not tell.
func OpenScreen(path string) (*Screen, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("open the screen: %w", err)
	}
	return &Screen{Out: f, Size: func() (int, int) {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil && w > 0 && h > 0 {
			return w, h
		}
		return 80, 25
	}}, nil
}

// Escapes of the Linux console.
const (
	home       = "\x1b[H"
	restOfLine = "\x1b[K"
	noCursor   = "\x1b[?25l"
	neverBlank = "\x1b[9;0]" // whoever walks up to the box shall see the screen
	reset      = "\x1b[0m"
)

func (s style) escape() string {
	return [...]string{plain: "", title: "\x1b[30;47m", strong: "\x1b[1m", dim: "\x1b[2m",
		good: "\x1b[32m", warn: "\x1b[33m", bad: "\x1b[1;31m"}[s]
}

// Show draws s line by line over what was there before: clearing the whole
// screen first would make it flicker.
func (sc *Screen) Show(s State) error {
	width, height := sc.Size()
	var b strings.Builder
	b.WriteString(neverBlank + noCursor + home)
	for i, l := range layOut(s, width, height) {
		if i > 0 {
			b.WriteString("\r\n")
		}
		// Emptied before, not after: after a full line the cursor still
		// stands on its last character.
		b.WriteString(restOfLine + l.style.escape() + l.text + reset)
	}
	if _, err := io.WriteString(sc.Out, b.String()); err != nil {
		return fmt.Errorf("draw the screen: %w", err)
	}
	return nil
}

// Serial writes a line per change, in plain text.
type Serial struct {
	Out  io.Writer
	last State
}

// OpenSerial opens a serial device such as /dev/ttyS0.
func OpenSerial(path string) (*Serial, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("open the serial port: %w", err)
	}
	return &Serial{Out: f}, nil
}

// Show writes what changed since the last call that could write.
func (se *Serial) Show(s State) error {
	lines := Changes(se.last, s)
	if len(lines) == 0 {
		return nil
	}
	if _, err := io.WriteString(se.Out, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
		return fmt.Errorf("write to the serial port: %w", err)
	}
	se.last = s
	return nil
}
