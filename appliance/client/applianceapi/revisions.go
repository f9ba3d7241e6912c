// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Revision is one change of configuration.
type Revision struct {
	ID      int64     `json:"id" doc:"Number of the revision."`
	Area    string    `json:"area" doc:"What was changed." example:"network"`
	At      time.Time `json:"at" doc:"When."`
	By      Actor     `json:"by" doc:"Who."`
	Reason  string    `json:"reason,omitempty" doc:"Why, as the author put it."`
	Reverts int64     `json:"reverts,omitempty" doc:"The revision that this one took back."`
}

// RevisionDetail is a revision with what it changed.
type RevisionDetail struct {
	Revision Revision        `json:"revision" doc:"The revision."`
	Before   json.RawMessage `json:"before,omitempty" doc:"The document before the change; absent for the first."`
	After    json.RawMessage `json:"after" doc:"The document after the change."`
	Diff     []DiffLine      `json:"diff" nullable:"false" doc:"The change, line by line."`
}

// DiffLine is one line of a diff.
type DiffLine struct {
	Op   string `json:"op" enum:"same,added,removed" doc:"What became of the line."`
	Text string `json:"text" doc:"The line."`
}

// RevisionFilter selects revisions; the zero value selects the newest of all.
type RevisionFilter struct {
	Area   string
	Before int64
	Limit  int
}

// Revisions returns changes of configuration, newest first.
func (c *Client) Revisions(ctx context.Context, f RevisionFilter) (List[Revision], error) {
	q := url.Values{}
	values(q).text("area", f.Area)
	values(q).number("before", f.Before)
	values(q).number("limit", int64(f.Limit))
	return call[List[Revision]](ctx, c, http.MethodGet, "/revisions", q, nil)
}

// Revision returns one change with its diff.
func (c *Client) Revision(ctx context.Context, id int64) (RevisionDetail, error) {
	return call[RevisionDetail](ctx, c, http.MethodGet, "/revisions/"+number(id), nil, nil)
}

// Revert takes a change back: the area gets the document from before it.
func (c *Client) Revert(ctx context.Context, id int64) error {
	_, err := call[none](ctx, c, http.MethodPost, "/revisions/"+number(id)+"/revert", nil, nil)
	return err
}
