// SPDX-License-Identifier: Apache-2.0

package updateserver

import (
	"context"
	"fmt"
	"io"
	"time"
)

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

// watched is the body of an answer. A read that brings nothing for a while ends
// its request: without that, a server that stalls would hold a task for ever.
// How long the whole may take is not limited, as lines may be slow. It is read
// by one goroutine.
type watched struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	silent *SilentError
}

func (w *watched) Read(b []byte) (int, error) {
	timer := time.AfterFunc(w.silent.For, func() { w.cancel(w.silent) })
	n, err := w.ReadCloser.Read(b)
	timer.Stop()
	if err != nil && context.Cause(w.ctx) == error(w.silent) {
		err = w.silent
	}
	return n, err
}

func (w *watched) Close() error {
	w.cancel(context.Canceled)
	return w.ReadCloser.Close()
}
