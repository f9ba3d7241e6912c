// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"understudy/appliance/audit"
	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
)

func (a *API) auditOperations(b *builder) {
	add(b, operation{
		id: "listAudit", method: http.MethodGet, path: "/audit", tag: "Audit",
		summary: "Events of the audit log, newest first", policy: gate.SignedIn, scope: "audit:read",
	}, a.listAudit)
	add(b, operation{
		id: "exportAudit", method: http.MethodGet, path: "/audit/export", tag: "Audit",
		summary: "The whole audit log", detail: "JSON Lines, oldest first; `understudyctl audit verify FILE` checks it anywhere.",
		policy: gate.SignedIn, scope: "audit:read", media: "application/jsonl",
	}, a.exportAudit)
	add(b, operation{
		id: "verifyAudit", method: http.MethodGet, path: "/audit/verification", tag: "Audit",
		summary: "Follow the hashes of the audit log", policy: gate.SignedIn, scope: "audit:read",
	}, a.verifyAudit)
}

type auditFilter struct {
	Paging
	Actor  string    `query:"actor" maxLength:"64" doc:"Only events by this user."`
	Action string    `query:"action" maxLength:"64" doc:"Only this action, or those below it: user finds user.add."`
	Text   string    `query:"text" maxLength:"200" doc:"Only events with this text anywhere."`
	From   time.Time `query:"from" doc:"Not before this time."`
	To     time.Time `query:"to" doc:"Before this time."`
	Before int64     `query:"before" minimum:"1" doc:"Only events before the one with this number."`
}

func (a *API) listAudit(ctx context.Context, in *auditFilter) (*answer[applianceapi.List[applianceapi.AuditEvent]], error) {
	events, err := a.Audit.List(ctx, audit.Filter{
		Actor: in.Actor, Action: in.Action, Text: in.Text, From: in.From, To: in.To, Before: in.Before, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	return pageOf(events, in.Limit, eventOut, func(e audit.Event) string { return strconv.FormatInt(e.Seq, 10) }), nil
}

func (a *API) exportAudit(ctx context.Context, _ *none) (*written, error) {
	return &written{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", "application/jsonl")
		h.SetHeader("Content-Disposition", `attachment; filename="audit-`+a.Now().UTC().Format("20060102-150405")+`.jsonl"`)
		if err := a.Audit.Export(ctx, h.BodyWriter()); err != nil {
			// The answer has begun: cut it off, so that nobody takes half for the whole.
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

func (a *API) verifyAudit(ctx context.Context, _ *none) (*answer[applianceapi.AuditReport], error) {
	r, err := a.Audit.Verify(ctx)
	if err != nil {
		return nil, err
	}
	return body(applianceapi.AuditReport{OK: r.OK, Events: r.Events, BadSeq: r.BadSeq, Reason: r.Reason, Head: r.Head}), nil
}

func eventOut(e audit.Event) applianceapi.AuditEvent {
	return applianceapi.AuditEvent{
		Seq: e.Seq, At: e.At, By: actorOut(e.Actor), Action: e.Action, Object: e.Object, Outcome: e.Outcome,
		Detail: e.Detail, Count: e.Count, Prev: e.Prev, Hash: e.Hash,
	}
}
