// SPDX-License-Identifier: Apache-2.0

package updateserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Patience is how slow an answer may be. How long all of it may take is not
// limited: packages are large, and lines may be slow.
type Patience struct {
	Silence time.Duration // without a byte
	Window  time.Duration // of waiting; in each of them
	Least   int64         // so many bytes must come
}

// usual is about a kilobyte a second, less than any line that an appliance is
// administered over: what is slower would hold a task for days.
var usual = Patience{Silence: silence, Window: time.Minute, Least: 64 << 10}

// SilentError means that a server has begun to answer and then sent nothing
// more, although the connection stands.
type SilentError struct {
	Host string
	For  time.Duration
}

// Error says how long was waited.
func (e *SilentError) Error() string {
	return fmt.Sprintf("the update server %s has sent nothing for %s", e.Host, e.For)
}

// Unreachable says that the way to the server may be why.
func (e *SilentError) Unreachable() bool { return true }

// SlowError means that a server sends so little that its answer would never end.
type SlowError struct {
	Host        string
	Sent, Least int64 // bytes
	Waited      time.Duration
}

// Error says how little has come, and what was expected.
func (e *SlowError) Error() string {
	return fmt.Sprintf("the update server %s is too slow: it has sent %d bytes in %s, at least %d were expected", e.Host, e.Sent, e.Waited.Round(time.Second), e.Least)
}

// Unreachable says that the way to the server may be why.
func (e *SlowError) Unreachable() bool { return true }

// BrokenError means that a connection has ended in the middle of an answer.
type BrokenError struct {
	Host string
	Err  error
}

// Error says to which server, and why.
func (e *BrokenError) Error() string {
	return fmt.Sprintf("the connection to the update server %s broke: %v", e.Host, e.Err)
}

// Unwrap gives the cause.
func (e *BrokenError) Unwrap() error { return e.Err }

// Unreachable says that the way to the server may be why.
func (e *BrokenError) Unreachable() bool { return true }

// watched is the body of an answer. A read that brings nothing for a while ends
// its request, and so do reads that bring little again and again: without that,
// a server that stalls or trickles would hold a task for ever. Only the time
// that reads take counts, not what the reader does between them. It is read by
// one goroutine.
type watched struct {
	io.ReadCloser
	host     string
	patience Patience
	ctx      context.Context
	cancel   context.CancelCauseFunc

	waited time.Duration // in the present window
	sent   int64         // in it
}

func (w *watched) Read(b []byte) (int, error) {
	began := time.Now()
	timer := time.AfterFunc(w.patience.Silence, func() { w.cancel(&SilentError{Host: w.host, For: w.patience.Silence}) })
	n, err := w.ReadCloser.Read(b)
	timer.Stop()
	var silent *SilentError
	switch {
	case err == nil:
		err = w.slow(n, time.Since(began))
	case errors.As(context.Cause(w.ctx), &silent):
		err = silent
	case errors.Is(context.Cause(w.ctx), context.DeadlineExceeded):
		err = &UnreachableError{Host: w.host, Err: fmt.Errorf("its answer was not there within %v", whole)}
	case w.ctx.Err() != nil:
		err = context.Cause(w.ctx)
	case !errors.Is(err, io.EOF):
		err = &BrokenError{Host: w.host, Err: err}
	}
	return n, err
}

// slow counts what a read has brought, and how long it took. The error is a
// *SlowError once a window has brought too little.
func (w *watched) slow(n int, took time.Duration) error {
	w.sent += int64(n)
	w.waited += took
	if w.waited < w.patience.Window {
		return nil
	}
	if w.sent < w.patience.Least {
		err := &SlowError{Host: w.host, Sent: w.sent, Least: w.patience.Least, Waited: w.waited}
		w.cancel(err)
		return err
	}
	w.waited, w.sent = 0, 0
	return nil
}

func (w *watched) Close() error {
	w.cancel(context.Canceled)
	return w.ReadCloser.Close()
}
