// SPDX-License-Identifier: Apache-2.0

package gate_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
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
