// SPDX-License-Identifier: Apache-2.0

package gate_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

// A route may work for longer than clients have to read: a password is hashed
// slowly where the box is short of everything.
func TestAnAnswerMayBeginLate(t *testing.T) {
	const limit = 50 * time.Millisecond
	b := appliancetest.Build(t, appliancetest.Options{})
	g, err := gate.New(gate.Config{Accounts: b.Accounts, Pages: b.Pages}, []gate.Route{{Method: "GET", Pattern: "/appliance/slow", Policy: gate.Public, Handler: func(w http.ResponseWriter, r *http.Request) {
		<-time.After(2 * limit)
		_, _ = io.WriteString(w, "late")
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, http2 := range []bool{false, true} {
		server := httptest.NewUnstartedServer(g)
		server.Config.WriteTimeout = limit
		server.EnableHTTP2 = http2
		server.StartTLS()
		defer server.Close()
		res, err := server.Client().Get(server.URL + "/appliance/slow")
		if err != nil {
			t.Errorf("HTTP/2 %v: %v", http2, err)
			continue
		}
		if text, err := io.ReadAll(res.Body); string(text) != "late" {
			t.Errorf("HTTP/2 %v: %q, %v", http2, text, err)
		}
		res.Body.Close()
	}
}
