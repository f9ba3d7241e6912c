// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"understudy/appliance/audit"
	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

// stopAt ends the request when the first bytes of its answer have come.
type stopAt struct {
	*httptest.ResponseRecorder
	stop func()
}

func (s stopAt) Write(b []byte) (int, error) {
	s.stop()
	return s.ResponseRecorder.Write(b)
}

// An export that breaks in the middle is cut off, and has no page at its end.
func TestHalfAnExportIsNoExport(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	for range 300 { // more than are read at once
		if err := b.Audit.Append(t.Context(), adminActor, audit.Entry{Action: "test.entry", Object: "thing", Outcome: audit.OK, Detail: strings.Repeat("x", 100)}); err != nil {
			t.Fatal(err)
		}
	}
	browser := b.SignIn(t, "admin", appliancetest.Password)
	ctx, stop := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/appliance/security/audit/export", nil)
	r.AddCookie(&http.Cookie{Name: gate.Cookie, Value: browser.Secret()})
	w := stopAt{httptest.NewRecorder(), stop}
	defer func() {
		if cause := recover(); cause != http.ErrAbortHandler {
			t.Errorf("the answer ends as if it were whole (%v)", cause)
		}
		if text := w.Body.String(); text == "" || strings.Contains(text, "<html") {
			t.Errorf("what came: %.200q … %q", text, text[max(0, len(text)-200):])
		}
	}()
	b.Gate.ServeHTTP(w, r)
}
