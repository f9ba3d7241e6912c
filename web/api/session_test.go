// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"net/http"
	"strings"
	"testing"

	"understudy/appliance/client/applianceapi"
	"understudy/web/api/apitest"
)

func TestSessions(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	_, kim := addUser(t, admin, "kim", "read-only")
	list := must[applianceapi.List[applianceapi.Session]](t)(admin.Sessions(ctx))
	if len(list.Items) != 2 {
		t.Fatalf("there are %d sessions, want those of admin and kim", len(list.Items))
	}
	ids := map[string]string{}
	for _, s := range list.Items {
		ids[s.Username] = s.ID
		if s.Current != (s.Username == apitest.Username) || s.Kind != "api" || s.Agent != "apitest" || s.Address != "127.0.0.1" {
			t.Errorf("session %+v", s)
		}
	}
	wantProblem(t, kim.EndOwnSession(ctx, ids[apitest.Username]), http.StatusNotFound, applianceapi.CodeNotFound)
	if err := admin.EndSession(ctx, ids["kim"]); err != nil {
		t.Fatal(err)
	}
	_, err := kim.Session(ctx)
	wantProblem(t, err, http.StatusUnauthorized, applianceapi.CodeSignIn)
	wantProblem(t, admin.EndSession(ctx, ids["kim"]), http.StatusNotFound, applianceapi.CodeNotFound)
	if err := admin.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = admin.Status(ctx)
	wantProblem(t, err, http.StatusUnauthorized, applianceapi.CodeSignIn)
}

func TestOwnAccount(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	_, kim := addUser(t, admin, "kim", "read-only")
	second := must[applianceapi.SignedIn](t)(signIn(b, "kim"))
	if u := must[applianceapi.User](t)(kim.ChangeAccount(ctx, applianceapi.AccountChange{DisplayName: "Kim Example"})); u.DisplayName != "Kim Example" || u.Role != "read-only" {
		t.Errorf("the account is %+v", u)
	}
	change := applianceapi.PasswordChange{Old: "wrong", New: "a quite different one"}
	wantProblem(t, kim.ChangePassword(ctx, change), http.StatusForbidden, applianceapi.CodePassword)
	wantProblem(t, kim.ChangePassword(ctx, applianceapi.PasswordChange{Old: "a long enough one", New: "x"}), http.StatusUnprocessableEntity, applianceapi.CodeInvalid)
	change.Old = "a long enough one"
	if err := kim.ChangePassword(ctx, change); err != nil {
		t.Fatal(err)
	}
	if _, err := kim.Account(ctx); err != nil {
		t.Errorf("the session that changed the password ended: %v", err)
	}
	_, err := b.ClientWith(second.Secret).Account(ctx)
	wantProblem(t, err, http.StatusUnauthorized, applianceapi.CodeSignIn)
}

func TestNobodyDeletesTheirOwnAccount(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	own := must[applianceapi.User](t)(admin.Account(ctx))
	wantProblem(t, admin.DeleteUser(ctx, own.ID), http.StatusConflict, applianceapi.CodeConflict) // the last administrator
	_, kim := addUser(t, admin, "kim", "administrator")
	err := admin.DeleteUser(ctx, own.ID)
	wantProblem(t, err, http.StatusConflict, applianceapi.CodeConflict)
	if err == nil || !strings.Contains(err.Error(), "This is your own account: another administrator can delete it.") {
		t.Errorf("the own account: %v", err)
	}
	if _, err := kim.Reauthenticate(ctx, "a long enough one"); err != nil {
		t.Fatal(err)
	}
	if err := kim.DeleteUser(ctx, own.ID); err != nil {
		t.Errorf("by the other: %v", err)
	}
}

func TestTokens(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	_, kim := addUser(t, admin, "kim", "read-only")
	if _, err := kim.Reauthenticate(ctx, "a long enough one"); err != nil {
		t.Fatal(err)
	}
	_, err := kim.AddToken(ctx, applianceapi.NewToken{Name: "too much", Scopes: []string{"users:write"}, Days: 1})
	wantProblem(t, err, http.StatusUnprocessableEntity, applianceapi.CodeInvalid)
	made := must[applianceapi.CreatedToken](t)(kim.AddToken(ctx, applianceapi.NewToken{Name: "watch", Scopes: []string{"status:read"}, Days: 1}))
	program := b.ClientWith(made.Secret)
	s := must[applianceapi.Session](t)(program.Session(ctx))
	if s.Kind != "token" || s.Username != "kim" || len(s.Scopes) != 1 {
		t.Errorf("the token is %+v", s)
	}
	must[applianceapi.CreatedToken](t)(admin.AddToken(ctx, applianceapi.NewToken{Name: "own", Scopes: []string{"status:read"}, Days: 1}))
	wantProblem(t, admin.RevokeToken(ctx, made.Token.ID), http.StatusNotFound, applianceapi.CodeNotFound) // not admin's
	if own := must[applianceapi.List[applianceapi.Token]](t)(admin.Tokens(ctx)); len(own.Items) != 1 || own.Items[0].Name != "own" {
		t.Errorf("the tokens of admin are %+v", own.Items)
	}
	if err := kim.RevokeToken(ctx, made.Token.ID); err != nil {
		t.Fatal(err)
	}
	_, err = program.Status(ctx)
	wantProblem(t, err, http.StatusUnauthorized, applianceapi.CodeSignIn)
}

func TestLockedAccount(t *testing.T) {
	b := apitest.Start(t)
	var err error
	for range 6 {
		_, _, err = b.Client().SignIn(t.Context(), applianceapi.Credentials{Username: "nobody", Password: "guess"})
	}
	wantProblem(t, err, http.StatusTooManyRequests, applianceapi.CodeLocked)
}
