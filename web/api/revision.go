// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"understudy/appliance/account"
	"understudy/appliance/base/clock"
	"understudy/appliance/base/network"
	"understudy/appliance/base/updates"
	"understudy/appliance/client/applianceapi"
	"understudy/appliance/revision"
	"understudy/web/gate"
)

func (a *API) revisionOperations(b *builder) {
	add(b, operation{
		id: "listRevisions", method: http.MethodGet, path: "/revisions", tag: "Configuration history",
		summary: "Changes of configuration, newest first", policy: gate.SignedIn, scope: "security:read",
	}, a.listRevisions)
	add(b, operation{
		id: "getRevision", method: http.MethodGet, path: "/revisions/{id}", tag: "Configuration history",
		summary: "One change with its diff", policy: gate.SignedIn, scope: "security:read",
	}, a.getRevision)
	add(b, operation{
		id: "revertRevision", method: http.MethodPost, path: "/revisions/{id}/revert", tag: "Configuration history",
		summary: "Take a change back",
		detail:  "The area gets the configuration from before the change, through the checks of any other change: what can lock somebody out waits for a confirmation. An API token also needs the scope that changes the area: `users:write`, `network:write` (also for the clock) or `updates:write`.",
		policy:  gate.AdministratorReauth, scope: "security:write", conflicts: true,
	}, a.revertRevision)
}

type revisionFilter struct {
	Paging
	Area   string `query:"area" maxLength:"64" doc:"Only changes of this area, such as network or users."`
	Before int64  `query:"before" minimum:"1" doc:"Only revisions before the one with this number."`
}

func (a *API) listRevisions(ctx context.Context, in *revisionFilter) (*answer[applianceapi.List[applianceapi.Revision]], error) {
	list, err := a.Book.List(ctx, in.Area, in.Before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	return pageOf(list, in.Limit, revisionOut, func(r revision.Revision) string { return strconv.FormatInt(r.ID, 10) }), nil
}

func (a *API) getRevision(ctx context.Context, in *ByID) (*answer[applianceapi.RevisionDetail], error) {
	r, err := a.Book.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	d := applianceapi.RevisionDetail{Revision: revisionOut(r), Before: r.Before, After: r.After, Diff: []applianceapi.DiffLine{}}
	if string(r.Before) == "null" {
		d.Before = json.RawMessage(nil)
	}
	ops := map[byte]string{'+': "added", '-': "removed", ' ': "same"}
	for _, l := range revision.Diff(r) {
		d.Diff = append(d.Diff, applianceapi.DiffLine{Op: ops[l.Op], Text: l.Text})
	}
	return body(d), nil
}

// areaScopes are what a token needs to change an area. One that is not here
// has no operation of its own that changes it.
var areaScopes = map[string]string{
	account.Area: "users:write",
	network.Area: "network:write",
	clock.Area:   "network:write",
	updates.Area: "updates:write",
}

func (a *API) revertRevision(ctx context.Context, in *ByID) (*none, error) {
	r, err := a.Book.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if scope, ok := areaScopes[r.Area]; ok {
		if p := caller(ctx).CheckScope(scope); p != nil {
			return nil, refuse(p.Status, p.Code, p.Title, p.Text)
		}
	}
	return nil, a.Book.Revert(ctx, by(ctx), in.ID)
}

func revisionOut(r revision.Revision) applianceapi.Revision {
	return applianceapi.Revision{ID: r.ID, Area: r.Area, At: r.At, By: actorOut(r.By), Reason: r.Reason, Reverts: r.Reverts}
}
