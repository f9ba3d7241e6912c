// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Problem is an error as the box reports it: RFC 9457, application/problem+json.
type Problem struct {
	Type   string         `json:"type,omitempty"`
	Title  string         `json:"title,omitempty"`
	Status int            `json:"status,omitempty"`
	Detail string         `json:"detail,omitempty"`
	Errors []FieldProblem `json:"errors,omitempty"`
}

// FieldProblem is one sentence about one field of the request.
type FieldProblem struct {
	Location string `json:"location,omitempty"` // body.config.gateway4, query.limit
	Message  string `json:"message,omitempty"`
}

// The kinds of problem a program acts on, as the last element of Problem.Type.
// Other problems have the type about:blank and their HTTP status.
const (
	KindMustChange = "must-change-password"
	KindReauth     = "reauthentication-required"
	KindStale      = "stale-revision"
	KindPending    = "confirmation-pending"
	KindLocked     = "account-locked"
	KindBusy       = "busy"
	KindScope      = "scope-missing"
)

// Kind returns one of the Kind constants, or "" where the status says it all.
func (p *Problem) Kind() string {
	return strings.TrimPrefix(p.Type, "urn:understudy:problem:")
}

// Error returns the sentence, followed by what is wrong with which field.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	if text == "" {
		text = fmt.Sprintf("the appliance answered %d %s", p.Status, http.StatusText(p.Status))
	}
	for _, e := range p.Errors {
		text += "\n  "
		if e.Location != "" {
			text += e.Location + ": "
		}
		text += e.Message
	}
	return text
}

// Is reports whether err is a problem of the kind.
func Is(err error, kind string) bool {
	var p *Problem
	return errors.As(err, &p) && p.Kind() == kind
}

// StatusOf returns the HTTP status of a problem, 0 for other errors.
func StatusOf(err error) int {
	var p *Problem
	if errors.As(err, &p) {
		return p.Status
	}
	return 0
}

// readProblem turns a response that is not 2xx into a *Problem.
func readProblem(res *http.Response) error {
	p := &Problem{}
	raw, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") || json.Unmarshal(raw, p) != nil {
		p = &Problem{Detail: fmt.Sprintf("%s answered %s and not as an appliance's API does; check the URL", res.Request.URL.Host, res.Status)}
	}
	p.Status = res.StatusCode
	return p
}

// UnreachableError says that the box gave no answer: refused, cut off, timed
// out or not a TLS server.
type UnreachableError struct {
	URL string
	Err error
}

// Error names the box and the cause.
func (e *UnreachableError) Error() string {
	cause := e.Err
	var u *url.Error
	if errors.As(cause, &u) {
		cause = u.Err // the method and the full path are noise here
	}
	return fmt.Sprintf("%s cannot be reached: %v", e.URL, cause)
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }
