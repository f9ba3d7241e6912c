// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// AuditEvent is one entry of the audit log.
type AuditEvent struct {
	Seq     int64     `json:"seq" doc:"Number of the event."`
	At      time.Time `json:"at" doc:"When."`
	By      Actor     `json:"by" doc:"Who."`
	Action  string    `json:"action" doc:"What was done." example:"user.add"`
	Object  string    `json:"object,omitempty" doc:"To what."`
	Outcome string    `json:"outcome" enum:"ok,refused,failed,accepted,rolled back" doc:"How it went."`
	Detail  string    `json:"detail,omitempty" doc:"More about it."`
	Count   int64     `json:"count" doc:"How many identical refusals the event stands for."`
	Prev    string    `json:"prev" doc:"SHA-256 of the event before, in hex."`
	Hash    string    `json:"hash" doc:"SHA-256 of this event, in hex."`
}

// AuditReport is the outcome of following the hashes of the audit log.
type AuditReport struct {
	OK     bool   `json:"ok" doc:"No event was changed, removed or put in."`
	Events int64  `json:"events" doc:"Number of events checked."`
	BadSeq int64  `json:"badSeq,omitempty" doc:"The first event that does not fit."`
	Reason string `json:"reason,omitempty" doc:"What does not fit."`
	Head   string `json:"head,omitempty" doc:"Hash of the last event, in hex; note it elsewhere."`
}

// AuditFilter selects events; the zero value selects the newest of all.
type AuditFilter struct {
	Actor, Action, Text string
	From, To            time.Time
	Before              int64
	Limit               int
}

// Audit returns events, newest first.
func (c *Client) Audit(ctx context.Context, f AuditFilter) (List[AuditEvent], error) {
	q := url.Values{}
	values(q).text("actor", f.Actor)
	values(q).text("action", f.Action)
	values(q).text("text", f.Text)
	values(q).time("from", f.From)
	values(q).time("to", f.To)
	values(q).number("before", f.Before)
	values(q).number("limit", int64(f.Limit))
	return call[List[AuditEvent]](ctx, c, http.MethodGet, "/audit", q, nil)
}

// VerifyAudit has the box follow the hashes of its audit log.
func (c *Client) VerifyAudit(ctx context.Context) (AuditReport, error) {
	return call[AuditReport](ctx, c, http.MethodGet, "/audit/verification", nil, nil)
}

// ExportAudit writes the whole audit log to w as JSON Lines, oldest first.
func (c *Client) ExportAudit(ctx context.Context, w io.Writer) error {
	res, err := c.send(ctx, http.MethodGet, "/audit/export", nil, "application/jsonl", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(w, res.Body); err != nil {
		return fmt.Errorf("save the audit log of %s: %w", c.URL(), err)
	}
	return nil
}
