// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"understudy/pkgstore/server"
)

// serveWith serves a site on loopback until stop.
func serveWith(t *testing.T, s *site) (address string, stop func() error) {
	t.Helper()
	cert, _, err := server.Certificate(filepath.Join(t.TempDir(), "tls.pem"), []string{"127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.log = slog.New(slog.NewTextHandler(t.Output(), nil))
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx, l, cert) }()
	return l.Addr().String(), func() error { cancel(); return <-ended }
}

// begin asks for something and reads nothing of the answer.
func begin(t *testing.T, address string) {
	t.Helper()
	c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: updates\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
}

// endless writes until that fails.
func endless(w http.ResponseWriter) {
	for some := make([]byte, 1<<20); ; {
		if _, err := w.Write(some); err != nil {
			return
		}
	}
}

// What a download has sent is noted when it ends, also when it is cut because
// the server stops: the database is closed afterwards.
func TestServeWaitsForWhatItCuts(t *testing.T) {
	begun := make(chan struct{})
	var noted atomic.Bool
	s := &site{grace: time.Millisecond, handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		endless(w)
		<-time.After(50 * time.Millisecond) // a disk is slow
		noted.Store(true)
	})}
	address, stop := serveWith(t, s)
	begin(t, address)
	<-begun
	if err := stop(); err != nil {
		t.Error(err)
	}
	if !noted.Load() {
		t.Error("ended before the answer that was cut")
	}
}

// Who asks for something and does not read it is cut off, by either HTTP; who
// reads slowly is not.
func TestWhoDoesNotRead(t *testing.T) {
	const pause = 300 * time.Millisecond
	cut := make(chan struct{})
	s := &site{grace: time.Minute, pause: pause, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			endless(w)
			cut <- struct{}{}
			return
		}
		for range 4 {
			<-time.After(pause / 2)
			if _, err := w.Write([]byte("part ")); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	})}
	address, stop := serveWith(t, s)
	begin(t, address)
	for _, http2 := range []bool{false, true} {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: http2}}
		defer client.CloseIdleConnections()
		res, err := client.Get("https://" + address + "/slow")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(res.Body); string(text) != "part part part part " {
			t.Errorf("%s: %q, %v", res.Proto, text, err)
		}
		res.Body.Close()
		if http2 {
			if res, err = client.Get("https://" + address + "/"); err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
		}
		select {
		case <-cut:
		case <-time.After(time.Minute):
			t.Errorf("%s: somebody who does not read holds his place", res.Proto)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
