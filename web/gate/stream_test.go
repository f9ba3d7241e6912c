// SPDX-License-Identifier: Apache-2.0

package gate_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

// Who may not open a stream has no more time than anybody else: a body that he
// has announced and does not send is not waited for without end.
func TestAStrangerHoldsNoStream(t *testing.T) {
	b := appliancetest.Build(t, appliancetest.Options{})
	g, err := gate.New(gate.Config{Accounts: b.Accounts, Pages: b.Pages}, []gate.Route{
		{Method: "GET", Pattern: "/appliance/stream", Policy: gate.SignedIn, Stream: true, Handler: func(http.ResponseWriter, *http.Request) {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(g)
	server.Config.ReadTimeout = 300 * time.Millisecond
	server.StartTLS()
	defer server.Close()
	conn, err := tls.Dial("tcp", server.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /appliance/stream HTTP/1.1\r\nHost: box\r\nContent-Length: 5\r\n\r\n")
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal("no answer: ", err)
	}
	if res.Body.Close(); res.StatusCode != http.StatusUnauthorized {
		t.Error(res.Status)
	}
}

// A form that signs in has to come at once: whoever sends it slowly would keep the
// few places for it, of which one address may take sixty in a minute.
func TestASlowSignInHoldsNoPlace(t *testing.T) {
	b := appliancetest.Build(t, appliancetest.Options{})
	g, err := gate.New(gate.Config{Accounts: b.Accounts, Pages: b.Pages, Hurry: 300 * time.Millisecond}, []gate.Route{
		{Method: "POST", Pattern: "/appliance/enter", Policy: gate.Public, Limited: true, Handler: func(http.ResponseWriter, *http.Request) {}},
		{Method: "POST", Pattern: "/appliance/api/enter", Policy: gate.Public, Limited: true, Handler: func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(r.Body); err != nil {
				w.WriteHeader(http.StatusBadRequest)
			}
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(g)
	defer server.Close()
	for _, path := range []string{"/appliance/enter", "/appliance/api/enter"} {
		conn, err := tls.Dial("tcp", server.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: box\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\n\r\na=", path)
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: no answer: %v", path, err)
			continue
		}
		if res.Body.Close(); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}

// The hurry is the client's: the box may take its time.
func TestASignInMayTakeLongerThanItsForm(t *testing.T) {
	const hurry = 300 * time.Millisecond
	b := appliancetest.Build(t, appliancetest.Options{})
	g, err := gate.New(gate.Config{Accounts: b.Accounts, Pages: b.Pages, Hurry: hurry}, []gate.Route{
		{Method: "POST", Pattern: "/appliance/enter", Policy: gate.Public, Limited: true, Handler: func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
				t.Errorf("%s with %v is given up", r.Proto, r.PostForm)
			case <-time.After(2 * hurry):
			}
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, http2 := range []bool{false, true} {
		server := httptest.NewUnstartedServer(g)
		server.EnableHTTP2 = http2
		server.StartTLS()
		defer server.Close()
		for _, form := range []url.Values{nil, {"a": {"b"}}} {
			res, err := server.Client().PostForm(server.URL+"/appliance/enter", form)
			if err != nil {
				t.Errorf("HTTP/2 %v with %v: %v", http2, form, err)
				continue
			}
			if res.Body.Close(); res.StatusCode != http.StatusOK {
				t.Errorf("%s with %v: %s", res.Proto, form, res.Status)
			}
		}
	}
}
