// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"understudy/appliance/audit"
	"understudy/appliance/base/clock"
	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

// What fails on this side while a change is taken back is reported, and not
// shown as if it were a refusal.
func TestARevertThatFails(t *testing.T) {
	var reported any
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Gate: gate.Config{OnFailure: func(_ *http.Request, _ string, cause any, _ []byte) { reported = cause }}})
	furnish(t, b)
	browser := b.SignIn(t, "admin", appliancetest.Password)
	failure := errors.New("write /state/base.db: input/output error")
	b.Book.Handle(clock.Area, func(context.Context, audit.Actor, json.RawMessage, string) error { return failure })
	a := browser.Post("/appliance/security/configuration-history/8/revert", again()...)
	if a.Status != 500 || a.Shows("base.db") || !a.Shows("Something went wrong") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if reported != failure {
		t.Errorf("reported: %v", reported)
	}
}
