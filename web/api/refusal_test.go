// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"

	"understudy/appliance/base/updates"
	"understudy/appliance/client/applianceapi"
	"understudy/web/api/apitest"
)

// described are the statuses that the document gives an operation.
func described(t *testing.T) map[string]map[string]bool {
	t.Helper()
	d, _ := readDocument(t)
	all := map[string]map[string]bool{}
	for _, methods := range d.Paths {
		for _, op := range methods {
			all[op.OperationID] = map[string]bool{}
			for status := range op.Responses {
				all[op.OperationID][status] = true
			}
		}
	}
	return all
}

// What is refused while a new version is on trial is refused by a status that
// the document names.
func TestRefusalsOfATrialAreDescribed(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	kim, kims := addUser(t, admin, "kim", "read-only")
	session := must[applianceapi.Session](t)(kims.Session(ctx))
	_, other, err := admin.With("").SignIn(ctx, applianceapi.Credentials{Username: apitest.Username, Password: apitest.NewPassword})
	if err != nil {
		t.Fatal(err)
	}
	token := must[applianceapi.CreatedToken](t)(admin.AddToken(ctx, applianceapi.NewToken{Name: "a", Scopes: []string{"status:read"}, Days: 1}))
	clock := must[applianceapi.Clock](t)(admin.Clock(ctx))
	b.Services().Book.Frozen = func(context.Context) error {
		return &updates.TrialError{Name: "Base Software 4.2.1", State: updates.Proving}
	}
	statuses := described(t)
	for id, call := range map[string]func() error{
		"changeAccount": func() error {
			_, err := admin.ChangeAccount(ctx, applianceapi.AccountChange{DisplayName: "Ada"})
			return err
		},
		"changePassword": func() error {
			return admin.ChangePassword(ctx, applianceapi.PasswordChange{Old: apitest.NewPassword, New: "another good one"})
		},
		"addToken": func() error {
			_, err := admin.AddToken(ctx, applianceapi.NewToken{Name: "b", Scopes: []string{"status:read"}, Days: 1})
			return err
		},
		"revokeToken":   func() error { return admin.RevokeToken(ctx, token.Token.ID) },
		"endSession":    func() error { return admin.EndSession(ctx, session.ID) },
		"endOwnSession": func() error { return admin.EndOwnSession(ctx, other.Session.ID) },
		"deleteUser":    func() error { return admin.DeleteUser(ctx, kim.ID) },
		"changeClock": func() error {
			_, err := admin.ChangeClock(ctx, applianceapi.ClockChange{Revision: clock.Revision, TimeZone: "Asia/Tokyo", MaxStepSeconds: clock.MaxStepSeconds})
			return err
		},
	} {
		err := call()
		if applianceapi.StatusOf(err) != http.StatusConflict || !statuses[id]["409"] {
			t.Errorf("%s: %v, described is %v", id, err, statuses[id])
		}
	}
}

// The same for what wrong passwords end in.
func TestLocksAreDescribed(t *testing.T) {
	b := apitest.Start(t)
	_, kims := addUser(t, b.Administrator(), "kim", "read-only")
	statuses := described(t)
	wrong := func() error {
		return kims.ChangePassword(t.Context(), applianceapi.PasswordChange{Old: "a wrong one", New: "another good one"})
	}
	again := func() error { _, err := kims.Reauthenticate(t.Context(), "a wrong one"); return err }
	for range 10 {
		_ = wrong()
	}
	for id, call := range map[string]func() error{"changePassword": wrong, "reauthenticate": again} {
		err := call()
		if status := applianceapi.StatusOf(err); status != http.StatusTooManyRequests || !statuses[id][strconv.Itoa(status)] {
			t.Errorf("%s: %v, described is %v", id, err, statuses[id])
		}
	}
}
