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
	Title     string         `json:"title" doc:"The problem in a few words."`
	Status    int            `json:"status" doc:"The HTTP status."`
	Detail    string         `json:"detail,omitempty" doc:"One sentence, and what to do next."`
	Code      string         `json:"code,omitempty" doc:"Stable code, for programs." example:"stale-revision"`
	Reference string         `json:"reference,omitempty" doc:"Finds the log entry of a failure of the box."`
	Errors    []FieldProblem `json:"errors,omitempty" doc:"What is wrong with which part of the request."`
}

// FieldProblem is one sentence about one part of the request.
type FieldProblem struct {
	Location string `json:"location,omitempty" doc:"Where." example:"body.config.gateway4"`
	Message  string `json:"message" doc:"What is wrong."`
}

// Codes of the problems that a program acts on. There are more; their HTTP
// status says what kind they are.
const (
	CodeSignIn     = "sign-in-required"
	CodeMustChange = "password-change-required"
	CodeReauth     = "reauthentication-required"
	CodeScope      = "scope-required"
	CodeBusy       = "busy"
	CodeNotFound   = "not-found"
	CodeStale      = "stale-revision"
	CodePending    = "confirmation-pending"
	CodeLocked     = "account-locked"
	CodePassword   = "wrong-credentials"
	CodeInvalid    = "invalid"
	CodeConflict   = "conflict"
	CodeAgreement  = "agreement-required"
)

// Error returns the sentence, followed by what is wrong with which part.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	if text == "" {
		text = fmt.Sprintf("The appliance answered %d %s.", p.Status, http.StatusText(p.Status))
	}
	for _, e := range p.Errors {
		text += "\n  "
		if e.Location != "" {
			text += e.Location + ": "
		}
		text += e.Message
	}
	if p.Reference != "" {
		text += "\n  reference: " + p.Reference
	}
	return text
}

// HasCode reports whether err is a problem with the code.
func HasCode(err error, code string) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == code
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
