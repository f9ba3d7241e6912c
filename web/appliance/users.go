// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"
	"strconv"

	"understudy/appliance/account"
	"understudy/web/gate"
	"understudy/web/ui"
)

type userRow struct {
	Username string
	Display  string
	Role     string
	State    ui.Pill
	Last     ui.Moment
	Edit     string
	Own      bool
}

type usersView struct {
	Heading   ui.Heading
	Rows      []userRow
	MayChange bool
}

// listUsers answers Users.
func (p *Pages) listUsers(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	page, err := p.frame(r, pathUsers, "Users :: Users")
	if err != nil {
		return err
	}
	users, err := p.Accounts.Users(r.Context())
	if err != nil {
		return err
	}
	view := usersView{
		Heading:   ui.Heading{ID: "users", Area: "Users", Name: "Appliance Users", Text: "Who may sign in to /appliance. These accounts are separate from those of /login."},
		MayChange: principal.Administrator(),
	}
	for _, u := range users {
		view.Rows = append(view.Rows, userRow{
			Username: u.Username, Display: u.DisplayName, Role: roleName(u.Role), State: p.userState(u),
			Last: ui.At(u.LastSignIn, p.zone()), Edit: userPath(u.ID), Own: u.ID == principal.Session.UserID,
		})
	}
	page.Body = view
	return p.show(w, http.StatusOK, "users", page)
}

func userPath(id int64) string { return pathUsers + "/" + itoa(id) }

// userState is what keeps an account from being used, if anything does.
func (p *Pages) userState(u account.User) ui.Pill {
	switch {
	case u.Disabled:
		return ui.Pill{Tone: ui.Quiet, Word: "Disabled"}
	case u.LockedUntil.After(p.Now()):
		return ui.Pill{Tone: ui.Warn, Word: "Locked", Note: "for " + ui.Duration(u.LockedUntil.Sub(p.Now()))}
	case u.MustChange:
		return ui.Pill{Tone: ui.Info, Word: "Must change password"}
	}
	return ui.Pill{Tone: ui.Good, Word: "Active"}
}

// userOf finds the user that the path names.
func (p *Pages) userOf(r *http.Request) (account.User, error) {
	id, err := strconv.ParseInt(gate.Param(r, "id"), 10, 64)
	if err != nil {
		return account.User{}, account.ErrNotFound
	}
	return p.Accounts.User(r.Context(), id)
}
