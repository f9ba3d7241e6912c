// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"understudy/integration/box"
)

// wire speaks HTTP/1.1 to a box without any of the tidying up that a client
// does: the target is sent as it stands, to the byte.
type wire struct {
	addr  string
	limit time.Duration // for one answer
	conn  net.Conn
	in    *bufio.Reader
}

func wireTo(b *box.Box) *wire {
	return &wire{addr: fmt.Sprintf("127.0.0.1:%d", b.Port(443)), limit: b.Scale(answer)}
}

// reply is what came back; Status is 0 if the box closed the connection
// instead of answering.
type reply struct {
	Status int
	Header http.Header
	Body   string
}

// ask sends one request. A connection that the box has closed since the last
// one is opened again.
func (w *wire) ask(ctx context.Context, method, target, headers, body string) (reply, error) {
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: appliance.test\r\n%s", method, target, headers)
	if body != "" && !strings.Contains(strings.ToLower(headers), "content-length:") && !strings.Contains(strings.ToLower(headers), "transfer-encoding:") {
		text += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	text += "\r\n" + body
	fresh := w.conn == nil
	r, err := w.exchange(ctx, method, text)
	if err == nil && r.Status == 0 && !fresh {
		r, err = w.exchange(ctx, method, text)
	}
	return r, err
}

// exchange writes a request and reads what comes back. Not being answered is
// an answer; not reaching the box is an error.
func (w *wire) exchange(ctx context.Context, method, text string) (reply, error) {
	if w.conn == nil {
		d := tls.Dialer{NetDialer: &net.Dialer{Timeout: w.limit}, Config: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}}
		conn, err := d.DialContext(ctx, "tcp", w.addr)
		if err != nil {
			return reply{}, err
		}
		w.conn, w.in = conn, bufio.NewReader(conn)
	}
	w.conn.SetDeadline(time.Now().Add(w.limit))
	// A box that refuses early closes its side while we still write; what it
	// said before is worth reading all the same.
	_, werr := io.WriteString(w.conn, text)
	res, err := http.ReadResponse(w.in, &http.Request{Method: method})
	if err != nil {
		w.close()
		if t, ok := err.(net.Error); ok && t.Timeout() {
			return reply{}, fmt.Errorf("no answer in %v to %.80q", w.limit, text)
		}
		return reply{}, nil
	}
	b, err := io.ReadAll(res.Body)
	if err != nil || werr != nil || res.Close || method == http.MethodConnect {
		w.close()
	}
	return reply{res.StatusCode, res.Header, string(b)}, nil
}

func (w *wire) close() {
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
}
