// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// deadlines is a connection that remembers how long it may take.
type deadlines struct {
	*httptest.ResponseRecorder
	read, write []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error  { d.read = append(d.read, t); return nil }
func (d *deadlines) SetWriteDeadline(t time.Time) error { d.write = append(d.write, t); return nil }

// Every byte that comes buys another minute, for the body and for the answer.
func TestAnUploadMayBeSlow(t *testing.T) {
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest("POST", "/appliance/t/upload", iotest.OneByteReader(strings.NewReader("abc")))
	unhurried(w, r)
	before := len(w.read)
	b, err := io.ReadAll(r.Body)
	if err != nil || string(b) != "abc" {
		t.Fatalf("%q, %v", b, err)
	}
	if before != 1 || len(w.read) != 1+4 || len(w.write) != len(w.read) {
		t.Errorf("%d deadlines before the first byte, %d and %d in all", before, len(w.read), len(w.write))
	}
	for i := range w.read {
		if left := time.Until(w.read[i]); left < uploadPause/2 || !w.write[i].After(w.read[i]) {
			t.Errorf("%v left to read, the answer is due %v after", left, w.write[i].Sub(w.read[i]))
		}
	}
}

// The client's time to read begins with the first byte, and only where the
// route has not set deadlines itself.
func TestWhenAnAnswerIsDue(t *testing.T) {
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	a := newAnswer(w)
	_, _ = a.Write([]byte("first"))
	_, _ = a.Write([]byte("second"))
	if len(w.write) != 2 || time.Until(w.write[0]) <= reading || time.Until(w.write[1]) > reading {
		t.Errorf("an ordinary answer: %v", w.write)
	}
	w = &deadlines{ResponseRecorder: httptest.NewRecorder()}
	a = newAnswer(w)
	_ = http.NewResponseController(a).SetWriteDeadline(time.Time{})
	_, _ = a.Write([]byte("data: x"))
	if len(w.write) != 2 || !w.write[1].IsZero() {
		t.Errorf("a stream: %v", w.write)
	}
}
