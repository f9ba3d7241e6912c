// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// app is one invocation: where it reads and writes, and what the flags that
// every command has were set to.
type app struct {
	in     *bufio.Reader
	stdin  *os.File // nil when in is not a file
	out    io.Writer
	errOut io.Writer
	getenv func(string) string

	url          string
	json         bool
	passwordFile string
	timeout      time.Duration

	print   printer
	started bool // the command line was understood; what fails now is not a usage error
}

func newApp(in io.Reader, out, errOut io.Writer, getenv func(string) string) *app {
	a := &app{in: bufio.NewReader(in), out: out, errOut: errOut, getenv: getenv}
	a.stdin, _ = in.(*os.File)
	return a
}

// interactive reports whether there is a person to ask.
func (a *app) interactive() bool { return a.stdin != nil && term.IsTerminal(int(a.stdin.Fd())) }

// terminal reports whether the output can be redrawn in place.
func (a *app) terminal() bool {
	f, ok := a.out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// begin is called once the command line is understood.
func (a *app) begin() {
	a.started = true
	if a.json {
		a.print = newJSONPrinter(a.out)
	} else {
		a.print = newTextPrinter(a.out, a.errOut, a.terminal())
	}
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, a *app) int {
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.errOut)
	err := root.ExecuteContext(ctx)
	if err == nil && a.print != nil {
		err = a.print.Close()
	}
	if err == nil {
		return exitOK
	}
	code := exitCode(err, a.started)
	a.complain(err, code)
	return code
}
