// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"net/http"
	"time"
)

// Patience is how long the box may work on an answer that is not a stream: two
// password hashes take a minute where the processor is emulated and busy with
// other things. Whoever asked shall hear how it ended, not only that it was late.
const Patience = 3 * time.Minute

// reading is how long the client may then take to read it.
const reading = time.Minute

// answer remembers whether anything was written, so that a failure after the
// first byte cuts the connection instead of adding a page to half a page. The
// client's time begins with that byte, unless the route sets deadlines itself.
type answer struct {
	http.ResponseWriter
	begun, own bool
}

func newAnswer(w http.ResponseWriter) *answer {
	a := &answer{ResponseWriter: w}
	a.due(Patience)
	return a
}

func (a *answer) due(in time.Duration) {
	// What is no connection, as in tests, has no deadline.
	_ = http.NewResponseController(a.ResponseWriter).SetWriteDeadline(time.Now().Add(in))
}

func (a *answer) begin() {
	if !a.begun && !a.own {
		a.due(reading)
	}
	a.begun = true
}

func (a *answer) WriteHeader(status int) {
	a.begin()
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	a.begin()
	return a.ResponseWriter.Write(b)
}

// SetWriteDeadline is for http.ResponseController.
func (a *answer) SetWriteDeadline(t time.Time) error {
	a.own = true
	return http.NewResponseController(a.ResponseWriter).SetWriteDeadline(t)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
