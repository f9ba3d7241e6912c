// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"io"
	"net/http"
	"time"
)

// uploadPause is how long an upload may stand still.
const uploadPause = time.Minute

// unhurried lets a request take as long as its body keeps coming: the deadlines
// of ordinary requests would cut off whoever has a slow line.
func unhurried(w http.ResponseWriter, r *http.Request) {
	c := http.NewResponseController(w)
	body := &slowBody{ReadCloser: r.Body, extend: func() {
		end := time.Now().Add(uploadPause)
		_ = c.SetReadDeadline(end)
		_ = c.SetWriteDeadline(end.Add(uploadPause)) // the answer comes after the last byte
	}}
	body.extend()
	r.Body = body
}

type slowBody struct {
	io.ReadCloser
	extend func()
}

func (b *slowBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.extend()
	return n, err
}
