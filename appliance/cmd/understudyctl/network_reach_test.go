// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"understudy/appliance/base/network/kernel"
	"understudy/appliance/client/applianceapi"
)

// reach lets a change at revision 7 be confirmed at a box that is played by h,
// and whose clock is an hour behind.
func reach(t *testing.T, h http.HandlerFunc) error {
	t.Helper()
	if err := (kernel.Netlink{}).Up("lo"); err != nil { // the tests have a network of their own
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	sum := sha256.Sum256(server.Certificate().Raw)
	env := map[string]string{"UNDERSTUDY_URL": server.URL, "UNDERSTUDY_TOKEN": "secret", "UNDERSTUDY_FINGERPRINT": hex.EncodeToString(sum[:])}
	var out bytes.Buffer
	a := newApp(strings.NewReader(""), &out, &out, func(name string) string { return env[name] })
	a.begin()
	at := time.Now().Add(-time.Hour)
	pending := applianceapi.Confirmation{ID: "c1", Area: "network", Revision: 7, At: at, Deadline: at.Add(10 * time.Second)}
	err := a.confirmWhenReachable(t.Context(), []string{server.URL}, applianceapi.NetworkChanged{Revision: 7, Pending: &pending})
	if err == nil && !strings.Contains(out.String(), "The change is confirmed.") {
		t.Errorf("it says %s", &out)
	}
	return err
}

// A box that has never reached a time server is just the one whose network is
// being set.
func TestConfirmAtABoxWithAnotherTime(t *testing.T) {
	if err := reach(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }); err != nil {
		t.Error(err)
	}
}

// The answer to the first attempt is lost, as connections are while addresses
// change; the box has confirmed the change all the same, or taken it back.
func TestConfirmWhoseAnswerIsLost(t *testing.T) {
	for name, row := range map[string]struct {
		revision int64
		good     bool
	}{"confirmed": {7, true}, "taken back": {8, false}} {
		t.Run(name, func(t *testing.T) {
			tried := false
			err := reach(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodGet:
					_ = json.NewEncoder(w).Encode(applianceapi.Network{Revision: row.revision})
				case !tried:
					tried = true
					panic(http.ErrAbortHandler)
				default:
					w.Header().Set("Content-Type", "application/problem+json")
					w.WriteHeader(http.StatusNotFound)
					_ = json.NewEncoder(w).Encode(applianceapi.Problem{Code: applianceapi.CodeNotFound, Detail: "Nothing waits for a confirmation."})
				}
			})
			if (err == nil) != row.good || err != nil && !applianceapi.HasCode(err, applianceapi.CodeNotFound) {
				t.Errorf("it ends with %v", err)
			}
		})
	}
}
