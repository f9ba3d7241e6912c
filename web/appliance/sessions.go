// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"context"
	"net/http"

	"understudy/appliance/account"
	"understudy/web/gate"
	"understudy/web/ui"
)

type sessionRow struct {
	User    string
	Role    string
	Kind    string
	Address string
	Agent   string
	Created ui.Moment
	Seen    string
	Own     bool // the one that asks
	End     ui.Button
}

type sessionsView struct {
	Heading ui.Heading
	Rows    []sessionRow
	MayEnd  bool
}

// listSessions answers Security > Sessions.
func (p *Pages) listSessions(w http.ResponseWriter, r *http.Request) error {
	page, err := p.frame(r, pathSessions, "Security :: Sessions")
	if err != nil {
		return err
	}
	rows, err := p.sessionRows(r.Context(), 0, pathSessions)
	if err != nil {
		return err
	}
	page.Body = sessionsView{
		Heading: ui.Heading{ID: "sessions", Area: "Security", Name: "Sessions", Text: "Who is signed in to this appliance, by page or by program. Ending a session takes effect with its next request."},
		Rows:    rows,
		MayEnd:  !page.User.ReadOnly,
	}
	return p.show(w, http.StatusOK, "sessions", page)
}

// sessionRows lists the sessions of a user, or of everyone for 0; end is the
// path below which they are ended.
func (p *Pages) sessionRows(ctx context.Context, user int64, end string) ([]sessionRow, error) {
	principal, _ := gate.From(ctx)
	sessions, err := p.Accounts.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	var rows []sessionRow
	for _, s := range sessions {
		if user != 0 && s.UserID != user {
			continue
		}
		row := sessionRow{
			User: s.Username, Role: roleName(s.Role), Kind: "Browser", Address: s.Address, Agent: ui.Agent(s.Agent),
			Created: ui.At(s.Created, p.zone()), Seen: ui.Ago(s.LastSeen, p.Now()), Own: s.ID == principal.Session.ID,
			End: ui.Button{Label: "End", Post: end + "/" + s.ID + "/end", Kind: "little", Note: "the session of " + s.Username + " from " + s.Address},
		}
		if s.Kind == account.KindAPI {
			row.Kind = "Program"
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// endSession ends anyone's session.
func (p *Pages) endSession(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	if err := p.Accounts.EndSession(r.Context(), principal.Actor(), gate.Param(r, "id")); err != nil {
		return err
	}
	return ui.Done(w, r, pathSessions, "session-ended")
}

// endOwnSession ends another session of the caller.
func (p *Pages) endOwnSession(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	sessions, err := p.Accounts.Sessions(r.Context())
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if s.ID == gate.Param(r, "id") && s.UserID == principal.Session.UserID {
			if err := p.Accounts.EndSession(r.Context(), principal.Actor(), s.ID); err != nil {
				return err
			}
			return ui.Done(w, r, pathAccount, "session-ended")
		}
	}
	return account.ErrNotFound
}
