// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"flag"
	"testing"

	"understudy/appliance/base/network/nettest"
	"understudy/appliance/client/applianceapi"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { nettest.Main(m) }

// wantProblem fails unless err is a problem with the status and the code.
func wantProblem(t *testing.T, err error, status int, code string) {
	t.Helper()
	if applianceapi.StatusOf(err) != status || !applianceapi.HasCode(err, code) {
		t.Errorf("got %d, %v; want status %d, code %q", applianceapi.StatusOf(err), err, status, code)
	}
}

// must returns v, which has to come without an error.
func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// addUser adds an account and returns a client signed in to it.
func addUser(t *testing.T, admin *applianceapi.Client, name, role string) (applianceapi.User, *applianceapi.Client) {
	t.Helper()
	ctx := context.Background()
	const password = "a long enough one"
	u := must[applianceapi.User](t)(admin.AddUser(ctx, applianceapi.NewUser{Username: name, Role: role, Password: password}))
	c, _, err := admin.With("").SignIn(ctx, applianceapi.Credentials{Username: name, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return u, c
}
