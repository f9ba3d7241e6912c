// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"net/http"
	"strings"
)

// counted is a response that knows which bytes of a file went out. It hides
// that the connection could copy from a file by itself: that counts nothing.
type counted struct {
	http.ResponseWriter
	from, n int64
	body    bool
}

func (c *counted) WriteHeader(status int) {
	switch status {
	case http.StatusOK:
		c.body = true
	case http.StatusPartialContent:
		_, err := fmt.Sscanf(c.Header().Get("Content-Range"), "bytes %d-", &c.from)
		c.body = err == nil
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.n += int64(n)
	return n, err
}

// resumes says whether a request goes on where another one stopped.
func resumes(r *http.Request) bool {
	at, _, ok := strings.Cut(r.Header.Get("Range"), "-")
	return ok && strings.HasPrefix(at, "bytes=") && at != "bytes=0" && at != "bytes="
}

// oneRange drops requests for several ranges at once: the answer would be the
// whole file in another form.
func oneRange(r *http.Request) {
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range")
	}
}
