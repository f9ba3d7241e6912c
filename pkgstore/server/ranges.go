// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"net/http"
	"strconv"
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

// resumes says whether a request goes on where another one stopped: behind the
// first byte.
func resumes(r *http.Request) bool {
	from, _, ok := strings.Cut(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-")
	at, err := strconv.ParseUint(strings.TrimSpace(from), 10, 63)
	return ok && err == nil && at > 0
}

// wholeAgain says whether the answer to who resumes would be the whole file: he
// has a part of another one.
func wholeAgain(r *http.Request, tag string) bool {
	have := r.Header.Get("If-Range")
	return have != "" && have != tag
}

// oneRange drops requests for several ranges at once: the answer would be the
// whole file in another form.
func oneRange(r *http.Request) {
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range")
	}
}
