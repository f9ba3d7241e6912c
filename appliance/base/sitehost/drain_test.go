// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"net/http"
	"testing"
)

// A request that is on its way to the old program when the sites are switched
// is answered: also one that the program has not accepted yet.
func TestRequestsOnTheirWayAreAnswered(t *testing.T) {
	b := newBox(t)
	b.config.Drain = patience
	b.mustInstall(packaged(t, "12.1.4", ""))
	conn, err := b.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	old := b.serving.Load()
	installed := make(chan error, 1)
	go func() { installed <- b.install(packaged(t, "12.2.0", "")) }()
	for reader := b.stranger(); b.serving.Load() == old; {
		reader.get("/")
		// A program gives up who connects and stays silent: the connection must
		// be a fresh one when the other program takes over.
		fresh, err := b.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b.serving.Load() == old {
			conn, fresh = fresh, conn
		}
		fresh.Close()
	}
	if _, err := conn.Write([]byte("GET / HTTP/1.0\r\nHost: site\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, len("HTTP/1.0 200"))
	if _, err := conn.Read(answer); err != nil || string(answer) != "HTTP/1.0 200" {
		t.Errorf("the answer is %q, %v", answer, err)
	}
	select {
	case err := <-installed:
		t.Errorf("the old program is ended though a connection to it is open (%v)", err)
	default:
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := <-installed; err != nil {
		t.Fatal(err)
	}
	if res, err := b.stranger().Client.Get("http://site/"); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("the new one: %v, %v", res, err)
	}
}

// Whoever comes too late for the old program is led to the new one.
func TestNobodyEntersWhatIsLeft(t *testing.T) {
	i := &instance{}
	if !i.enter() {
		t.Fatal("nobody can enter")
	}
	drained := make(chan struct{})
	go func() { i.drain(t.Context(), patience); close(drained) }()
	for i.enter() {
		i.leave()
	}
	select {
	case <-drained:
		t.Error("it is empty though one is in it")
	default:
	}
	i.leave()
	<-drained
	i.drain(t.Context(), patience) // an empty one is empty at once
}
