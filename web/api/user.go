// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"

	"understudy/appliance/account"
	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
)

func (a *API) userOperations(b *builder) {
	add(b, operation{
		id: "listUsers", method: http.MethodGet, path: "/users", tag: "Users",
		summary: "All accounts", policy: gate.SignedIn, scope: "users:read",
	}, a.listUsers)
	add(b, operation{
		id: "getUser", method: http.MethodGet, path: "/users/{id}", tag: "Users",
		summary: "One account", policy: gate.SignedIn, scope: "users:read",
	}, a.getUser)
	add(b, operation{
		id: "addUser", method: http.MethodPost, path: "/users", tag: "Users", status: http.StatusCreated,
		summary: "Add an account", policy: gate.AdministratorReauth, scope: "users:write", conflicts: true,
	}, a.addUser)
	add(b, operation{
		id: "changeUser", method: http.MethodPatch, path: "/users/{id}", tag: "Users",
		summary: "Change an account", detail: "What is left out stays. There is always one enabled administrator. Disabling an account, or a new password, ends its sessions.",
		policy: gate.AdministratorReauth, scope: "users:write", conflicts: true,
	}, a.changeUser)
	add(b, operation{
		id: "deleteUser", method: http.MethodDelete, path: "/users/{id}", tag: "Users",
		summary: "Delete an account", detail: "Your own account is deleted by another administrator.",
		policy: gate.AdministratorReauth, scope: "users:write", conflicts: true,
	}, a.deleteUser)
	add(b, operation{
		id: "unlockUser", method: http.MethodPost, path: "/users/{id}/unlock", tag: "Users",
		summary: "Let an account sign in again that wrong passwords had locked", policy: gate.Administrator, scope: "users:write",
	}, a.unlockUser)
}

func (a *API) listUsers(ctx context.Context, _ *none) (*answer[applianceapi.List[applianceapi.User]], error) {
	users, err := a.Accounts.Users(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(users, userOut), nil
}

func (a *API) getUser(ctx context.Context, in *ByID) (*answer[applianceapi.User], error) {
	return a.userAnswer(ctx, in.ID)
}

func (a *API) userAnswer(ctx context.Context, id int64) (*answer[applianceapi.User], error) {
	u, err := a.Accounts.User(ctx, id)
	if err != nil {
		return nil, err
	}
	return body(userOut(u)), nil
}

func (a *API) addUser(ctx context.Context, in *request[applianceapi.NewUser]) (*answer[applianceapi.User], error) {
	u, err := a.Accounts.Add(ctx, by(ctx), account.NewUser{
		Username: in.Body.Username, DisplayName: in.Body.DisplayName, Password: in.Body.Password,
		Role: account.Role(in.Body.Role), MustChange: in.Body.MustChangePassword,
	})
	if err != nil {
		return nil, err
	}
	return body(userOut(u)), nil
}

type userChange struct {
	ByID
	Body applianceapi.UserChange
}

func (a *API) changeUser(ctx context.Context, in *userChange) (*answer[applianceapi.User], error) {
	change := account.UserChange{
		DisplayName: in.Body.DisplayName, Disabled: in.Body.Disabled, Password: in.Body.Password, MustChange: in.Body.MustChangePassword,
	}
	if in.Body.Role != nil {
		role := account.Role(*in.Body.Role)
		change.Role = &role
	}
	if err := a.Accounts.Update(ctx, by(ctx), in.ID, change); err != nil {
		return nil, err
	}
	return a.userAnswer(ctx, in.ID)
}

func (a *API) deleteUser(ctx context.Context, in *ByID) (*none, error) {
	return nil, a.Accounts.Delete(ctx, by(ctx), in.ID)
}

func (a *API) unlockUser(ctx context.Context, in *ByID) (*none, error) {
	return nil, a.Accounts.Unlock(ctx, by(ctx), in.ID)
}

func userOut(u account.User) applianceapi.User {
	return applianceapi.User{
		ID: u.ID, Username: u.Username, DisplayName: u.DisplayName, Role: string(u.Role), Disabled: u.Disabled,
		MustChangePassword: u.MustChange, Created: u.Created, LastSignIn: u.LastSignIn, PasswordChanged: u.PasswordChanged, LockedUntil: u.LockedUntil,
	}
}
